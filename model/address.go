package model

import "strings"

// addressSuffixes are the words that people write or leave out behind the number
// of a building, a unit or a room.
var addressSuffixes = []string{"号楼", "单元", "号", "栋", "幢", "座", "室", "房"}

// NormalAddress is one part of an address (building, unit or room) as it is stored
// and compared: trimmed, half-width, letters in upper case, without the word behind
// the number, so that "３号楼", "3栋" and "3" are one building. A part that is
// nothing but such words keeps the last of them. It is idempotent.
func NormalAddress(part string) string {
	part = strings.TrimSpace(strings.ToUpper(HalfWidth(part)))
	for {
		short := part
		for _, suffix := range addressSuffixes {
			if rest, ok := strings.CutSuffix(part, suffix); ok && strings.TrimSpace(rest) != "" {
				short = strings.TrimSpace(rest)
				break
			}
		}
		if short == part {
			return part
		}
		part = short
	}
}

// HalfWidth is a text with full-width forms of ASCII as ASCII.
func HalfWidth(text string) string { return strings.Map(halfWidth, text) }

// halfWidth turns the full-width forms of ASCII (U+FF01 to U+FF5E, and the
// ideographic space) into ASCII.
func halfWidth(r rune) rune {
	switch {
	case r == '\u3000':
		return ' '
	case r >= '\uff01' && r <= '\uff5e':
		return r - 0xfee0
	}
	return r
}
