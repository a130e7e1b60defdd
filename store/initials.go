package store

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// surnames are those that are read unlike the same character elsewhere, or unlike
// what a dictionary gives first.
var surnames = map[string]string{
	"单": "s", "仇": "q", "区": "o", "查": "z", "解": "x", "曾": "z", "盖": "g", "任": "r", "朴": "p", "翟": "z",
	"尉": "w", "重": "c", "缪": "m", "折": "s", "种": "c", "乐": "y", "员": "y", "召": "s", "秘": "b", "冼": "x",
	"长": "c", "瞿": "q", "覃": "q", "黑": "h", "万": "w", "幺": "y", "繁": "p", "会": "g", "车": "c", "洗": "x",
	"句": "g", "阚": "k", "牟": "m", "晁": "c", "谌": "c", "隗": "w", "撒": "s", "贾": "j", "沈": "s", "叶": "y",
	"尉迟": "yc", "单于": "cy", "长孙": "zs", "万俟": "mq", "澹台": "tt", "鲜于": "xy", "令狐": "lh", "宰父": "zf",
	"欧阳": "oy", "上官": "sg", "诸葛": "zg", "司马": "sm", "司徒": "st", "皇甫": "hf", "夏侯": "xh", "尉遲": "yc",
}

// maxInitials bounds how many letters of a name are indexed, and readings how many
// ways of reading it: characters of given names have several.
const (
	maxInitials = 8
	readings    = 8
)

// initialsAsked is what somebody typed, as it is indexed.
func initialsAsked(typed string) string {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(typed))
	return letters[:min(len(letters), maxInitials)]
}

// initialPrefixes are all beginnings of all readings of a name's initials: 张欣 is
// found by z and zx.
func initialPrefixes(name string) []string {
	seen := map[string]bool{}
	for _, initials := range initialsOf(name) {
		for n := 1; n <= min(len(initials), maxInitials); n++ {
			seen[initials[:n]] = true
		}
	}
	out := make([]string, 0, len(seen))
	for prefix := range seen {
		out = append(out, prefix)
	}
	slices.Sort(out)
	return out
}

// initialsOf are the readings of a name in first letters. The surname is read as a
// surname; characters of the given name may be read in several ways.
func initialsOf(name string) []string {
	rest := []rune(strings.TrimSpace(name))
	if len(rest) == 0 {
		return nil
	}
	out := []string{""}
	for _, length := range []int{2, 1} {
		if len(rest) >= length {
			if known, ok := surnames[string(rest[:length])]; ok {
				out, rest = []string{known}, rest[length:]
				break
			}
		}
	}
	first, inWord := out[0] == "", false
	for _, r := range rest {
		letters := lettersOf(r, first)
		if unicode.Is(unicode.Latin, r) || unicode.IsDigit(r) {
			if inWord {
				continue // only the first letter of a word
			}
			inWord = true
		} else {
			inWord = false
		}
		if len(letters) > 0 {
			out, first = spread(out, letters), false
		}
	}
	return out
}

// spread adds each letter to each reading, as far as readings go.
func spread(before, letters []string) []string {
	if len(before)*len(letters) > readings {
		letters = letters[:1]
	}
	out := make([]string, 0, len(before)*len(letters))
	for _, b := range before {
		for _, l := range letters {
			out = append(out, b+l)
		}
	}
	return out
}

// lettersOf are the first letters of a character's readings; only the usual one
// for a surname.
func lettersOf(r rune, surname bool) []string {
	if r < unicode.MaxASCII {
		l := initialsAsked(string(r))
		if l == "" {
			return nil
		}
		return []string{l}
	}
	var out []string
	for _, reading := range pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.Normal, Heteronym: !surname}) {
		if l := initialsAsked(reading); l != "" && !slices.Contains(out, l[:1]) {
			out = append(out, l[:1])
		}
	}
	return out
}
