package device

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Zone is where devices live that tell local time without a zone.
var Zone = time.FixedZone("UTC+8", 8*60*60)

// LongestCode is more than any code of ours; what is longer was never one.
const LongestCode = 1024

// Word is a vendor's word as it may be kept: plain characters that can be printed,
// no more than 64.
func Word(text string) string {
	text = strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return -1
	}, text[:min(len(text), 1024)])
	return text[:min(len(text), 64)]
}

// Moment is a device's time in Unix milliseconds, told in seconds or in milliseconds;
// 0 for what can be no time of an event.
func Moment(told int64) int64 {
	if told > 0 && told < 100_000_000_000 {
		told *= 1000
	}
	if told < time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() || told > time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() {
		return 0
	}
	return told
}

// LocalMoment is a time "2006-01-02 15:04:05" in the Zone, in Unix milliseconds; 0
// for what can be no time of an event.
func LocalMoment(text string) int64 {
	t, err := time.ParseInLocation(time.DateTime, text, Zone)
	if err != nil {
		return 0
	}
	return Moment(t.UnixMilli())
}

// Unit is how a temperature was measured.
type Unit int

// Units of temperatures.
const (
	Celsius Unit = iota
	Fahrenheit
	Kelvin
)

// Tenths is a person's temperature in tenths of °C; 0, which is "not measured", for
// what no person's can be.
func Tenths(measured float64, u Unit) int {
	switch u {
	case Fahrenheit:
		measured = (measured - 32) * 5 / 9
	case Kelvin:
		measured -= 273.15
	}
	if tenths := math.Round(measured * 10); tenths >= 300 && tenths <= 450 {
		return int(tenths)
	}
	return 0
}

// Key is a name of an event that its maker gave none: the same facts, the same name.
func Key(facts ...string) string { return strings.Join(facts, "|") }

// Direction is in and out as we say them; empty for any other word.
func Direction(said, in, out string) string {
	switch said {
	case in:
		return "in"
	case out:
		return "out"
	}
	return ""
}

// Phrase is a sentence of a public notice as it may be kept: one line of no more than
// limit characters.
func Phrase(text string, limit int) string {
	words := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)), " ")
	runes := []rune(words)
	return string(runes[:min(len(runes), limit)])
}
