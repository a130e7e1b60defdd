package cap

import (
	"net/http"
	"strings"
	"testing"

	"communitypass.cn/communitypass/device"
)

func TestAreas(t *testing.T) {
	area := func(codes ...string) string {
		out := "<area><areaDesc>朝阳区</areaDesc>"
		for _, code := range codes {
			out += "<geocode><valueName>GB/T 2260</valueName><value>" + code + "</value></geocode>"
		}
		return out + "</area>"
	}
	update := "<msgType>Update</msgType><references>quake.cn,A-0,2026-11-22T19:00:00+08:00</references>"
	cancel := strings.Replace(update, "Update", "Cancel", 1)
	for what, c := range map[string]struct{ ours, areas, kind, want string }{
		"no areas of ours":              {"", area("320505"), "", "alarm raised weather"},
		"ours":                          {"110105", area("110105"), "", "alarm raised weather"},
		"one of several":                {"110101,110105", area("320505") + area("110105"), "", "alarm raised weather"},
		"our city":                      {"110105", area("110100"), "", "alarm raised weather"},
		"our province":                  {"110105", area("110000"), "", "alarm raised weather"},
		"a street of our county":        {"110105", area("110105001000"), "", "alarm raised weather"},
		"our street":                    {"110105001000", area("110105"), "", "alarm raised weather"},
		"a name alone":                  {"110105", area("320505") + area(), "", "alarm raised weather"},
		"no area":                       {"110105", "", "", "alarm raised weather"},
		"another geocode":               {"CN-BJ", area("cn-bj"), "", "alarm raised weather"},
		"elsewhere":                     {"110105", area("320505"), "", "status elsewhere elsewhere"},
		"another county of our city":    {"110105", area("110106", "110107"), "", "status elsewhere elsewhere"},
		"another street of our county":  {"110105001000", area("110105002000"), "", "status elsewhere elsewhere"},
		"codes of two systems":          {"110105", area("CN-JS"), "", "status elsewhere elsewhere"},
		"an update that went elsewhere": {"110105", area("320505"), update, "alarm cleared weather"},
		"a cancellation elsewhere":      {"110105", area("320505"), cancel, "alarm cleared weather"},
	} {
		body := strings.Replace(good, "<area><areaDesc>朝阳区</areaDesc></area>", c.areas, 1)
		if c.kind != "" {
			body = strings.Replace(body, "<msgType>Alert</msgType>", c.kind, 1)
		}
		m, err := Dialect{}.Read(device.Request{Method: http.MethodPost, Body: []byte(body), Areas: c.ours})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		e := m.Events[0]
		if got := string(e.Kind) + " " + e.State + " " + e.Detail["what"]; got != c.want {
			t.Errorf("%s became %s, want %s", what, got, c.want)
		}
	}
}
