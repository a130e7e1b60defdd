package model

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// HouseholdPlate is the plate of a vehicle that belongs to a home, in clear, in
// memory only.
type HouseholdPlate struct {
	ID          string
	CommunityID string
	HouseholdID string
	Plate       string
	// ImportID is the roster import that brought it.
	ImportID  string
	CreatedAt int64
}

// String is the id alone.
func (p HouseholdPlate) String() string { return "household plate " + p.ID }

// GoString is String, for %#v.
func (p HouseholdPlate) GoString() string { return p.String() }

// plateShape is a mainland plate: the province's character or 使, a letter, and five
// characters, six for new energy; the last may say what the vehicle is for
// (GA 36-2018). I and O are never in one.
var plateShape = regexp.MustCompile(`^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领民航][A-HJ-NP-Z](?:[A-HJ-NP-Z0-9]{6}|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳试超使领])$`)

// NormalPlate is a plate as it is compared: half-width, upper case, without blanks,
// dots and hyphens. It says no to what is none.
func NormalPlate(text string) (string, bool) {
	plate := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\u3000', '·', '•', '．', '.', '-', '—', '‧', '・':
			return -1
		}
		return r
	}, strings.ToUpper(HalfWidth(text)))
	return plate, plateShape.MatchString(plate)
}

// MaskPlate keeps the first two characters and the last two: 京A***45.
func MaskPlate(plate string) string {
	r := []rune(plate)
	if len(r) < 5 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:2]) + strings.Repeat("*", len(r)-4) + string(r[len(r)-2:])
}

// noPlate are the words of cameras for a vehicle without a plate that could be read.
var noPlate = map[string]bool{"UNKNOWN": true, "UNKNOW": true, "NOPLATE": true, "NONE": true, "NULL": true, "NA": true,
	"无": true, "无牌": true, "无车牌": true, "无牌车": true, "车牌": true, "未知": true, "未识别": true}

// Bounds of a plate in characters; a new energy plate has eight.
const (
	shortestPlate = 3
	longestPlate  = 12
)

// SeenPlate is a plate as a camera has read it, in the form in which NormalPlate
// gives it: half-width, upper case, nothing but letters, digits and characters of
// provinces. Plates of elsewhere are kept; a word for "none" is empty.
func SeenPlate(told string) string {
	told = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, HalfWidth(strings.ToValidUTF8(told, "")))
	// Some firmwares put the colour of the plate before it.
	if first, size := utf8.DecodeRuneInString(told); strings.ContainsRune("蓝黄白黑绿", first) && size > 1 {
		if next, _ := utf8.DecodeRuneInString(told[size:]); unicode.Is(unicode.Han, next) {
			told = told[size:]
		}
	}
	if n := utf8.RuneCountInString(told); noPlate[told] || n < shortestPlate || n > longestPlate {
		return ""
	}
	return told
}
