package cap

import (
	"strings"

	"communitypass.cn/communitypass/model"
)

// geocode is a code of an area in a system that valueName names.
type geocode struct {
	Value string `xml:"value"`
}

// elsewhere reports whether all areas of an alert have codes and none of them touches one
// of ours, which have commas between. Without ours, or where an area tells its name alone,
// the alert is taken to be for us.
func (a *alert) elsewhere(ours string) bool {
	if ours == "" {
		return false
	}
	told := false
	for _, f := range a.Infos {
		for _, place := range f.Areas {
			if len(place.Geocodes) == 0 {
				return false
			}
			for _, g := range place.Geocodes {
				told = true
				for code := range strings.SplitSeq(ours, ",") {
					if touches(strings.TrimSpace(g.Value), code) {
						return false
					}
				}
			}
		}
	}
	return told
}

// touches reports whether one of two areas is within the other. Codes of GB/T 2260 name a
// province, a city or a county by two digits each, zeros for what is left open; those of
// streets and villages go on with more.
func touches(one, other string) bool {
	if strings.EqualFold(one, other) {
		return true
	}
	one, other = whole(one), whole(other)
	return one != "" && other != "" && (strings.HasPrefix(one, other) || strings.HasPrefix(other, one))
}

// whole is a code without the pairs of zeros behind it; empty for what is no number.
func whole(code string) string {
	if len(code) < 6 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	for strings.HasSuffix(code, "00") && len(code)%2 == 0 {
		code = code[:len(code)-2]
	}
	return code
}

// away makes of a warning for elsewhere what is only kept. An update that has gone
// elsewhere takes back what it refers to.
func (a *alert) away(e *model.DeviceEvent) {
	if a.MsgType == "Update" {
		e.State = "cleared"
		return
	}
	e.Kind, e.State, e.Detail["what"] = model.DeviceStatus, "elsewhere", "elsewhere"
}
