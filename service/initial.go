package service

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"communitypass.cn/communitypass/model"

	"github.com/mozillazg/go-pinyin"
)

// surnames are those that are read otherwise than the same characters elsewhere;
// two letters where families differ.
var surnames = map[string]string{
	"单": "s", "曾": "z", "仇": "q", "解": "x", "查": "z", "区": "o", "任": "r", "朴": "p", "盖": "g", "覃": "qt", "翟": "zd", "缪": "m", "冼": "x",
	"秘": "b", "折": "s", "黑": "h", "员": "y", "种": "c", "召": "s", "乐": "ly", "宓": "mf", "尹": "y", "万俟": "m", "尉迟": "y", "长孙": "z", "澹台": "t",
	"令狐": "l", "重": "c", "能": "n", "隗": "wk", "郇": "xh", "洗": "x", "燕": "y", "柏": "b", "繁": "p", "逄": "p", "佴": "n", "哈": "h", "瞿": "q",
	"晟": "c", "乜": "n", "褚": "c", "卜": "b", "费": "f", "沈": "s", "車": "c", "车": "c", "石": "s", "贾": "j", "俞": "y", "葛": "g", "纪": "j",
}

// hasInitial reports whether a name begins with a letter: the first of the surname's
// pinyin, or of a name that is written in letters.
func hasInitial(name string, letter byte) bool {
	name = model.NormalName(name)
	want := strings.ToLower(string(rune(letter)))
	for _, length := range []int{2, 1} {
		if readings, ok := surnames[firstRunes(name, length)]; ok {
			return strings.Contains(readings, want)
		}
	}
	first, _ := utf8.DecodeRuneInString(name)
	if !unicode.Is(unicode.Han, first) {
		return strings.HasPrefix(name, want)
	}
	read := pinyin.SinglePinyin(first, pinyin.NewArgs())
	return len(read) > 0 && strings.HasPrefix(read[0], want)
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
