package vzenith

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/device"
)

// number is a whole number, which some firmwares write as a text; told is false when
// there is none.
type number struct {
	n    int64
	told bool
}

// UnmarshalJSON reads what can be read: anything else is no number and no error.
func (v *number) UnmarshalJSON(raw []byte) error {
	raw = bytes.Trim(raw, `" `)
	whole, _, _ := strings.Cut(string(raw), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	v.n, v.told = n, err == nil
	return nil
}

func (v number) String() string {
	if !v.told {
		return ""
	}
	return strconv.FormatInt(v.n, 10)
}

// text is a text, which some firmwares write as a number.
type text string

// UnmarshalJSON reads what can be read.
func (v *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*v = text(s)
	} else if len(raw) < 32 && raw[0] != '{' && raw[0] != '[' && string(raw) != "null" {
		*v = text(raw)
	}
	return nil
}

// word is the text as it may be kept.
func (v text) word() string { return device.Word(string(v)) }
