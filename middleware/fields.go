package middleware

import (
	"strings"

	"communitypass.cn/communitypass/model"
)

// Codes of fields, as model.FieldError lists them.
const (
	fieldRequired  = "required"
	fieldUnknown   = "unknown"
	fieldType      = "type"
	fieldFormat    = "format"
	fieldLength    = "length"
	fieldRange     = "range"
	fieldEnum      = "enum"
	fieldDuplicate = "duplicate"
)

// A limit that begins with one of these is a lower or an upper bound.
const (
	atLeast = "≥"
	atMost  = "≤"
)

var fieldSentences = map[string]text{
	fieldRequired:  {"必填。", "This is required."},
	fieldUnknown:   {"不认识的内容。", "This is not known here."},
	fieldType:      {"类型不正确。", "This is of the wrong type."},
	fieldFormat:    {"格式不正确。", "This does not have the right form."},
	fieldLength:    {"长度不正确。", "This does not have the right length."},
	fieldRange:     {"数值超出范围。", "This is out of range."},
	fieldEnum:      {"不是可选的值。", "This is not one of the choices."},
	fieldDuplicate: {"重复出现。", "This is given more than once."},
}

// bounds are the sentences for a lower and an upper bound; the bound follows.
var bounds = map[string][2]text{
	fieldLength: {{"长度不能少于 ", "This must not be shorter than "}, {"长度不能超过 ", "This must not be longer than "}},
	fieldRange:  {{"不能小于 ", "This must not be below "}, {"不能大于 ", "This must not be above "}},
}

// fieldSentence says what is wrong with a field, and with which bound. It is
// never built from the value.
func fieldSentence(f model.FieldError, language string) string {
	plain, ok := fieldSentences[f.Code]
	if !ok {
		plain = text{"不正确。", "This is not right."}
	}
	both, ok := bounds[f.Code]
	if !ok || f.Limit == "" {
		return plain.in(language)
	}
	end := text{"。", "."}.in(language)
	if bound, ok := strings.CutPrefix(f.Limit, atLeast); ok {
		return both[0].in(language) + bound + end
	}
	if bound, ok := strings.CutPrefix(f.Limit, atMost); ok {
		return both[1].in(language) + bound + end
	}
	return plain.in(language) + text{"（界限：" + f.Limit + "）", " (Bound: " + f.Limit + ")"}.in(language)
}
