package day

import "testing"

func TestSecretIn(t *testing.T) {
	for name, c := range map[string]struct {
		secret secret
		kept   string
		want   bool
	}{
		"a name":                    {nameOf("户主〇"), "x户主〇〇一y", true},
		"a name in an address":      {nameOf("户主"), "/v1?name=%E6%88%B7%E4%B8%BB", true},
		"no name":                   {nameOf("户主"), "业主", false},
		"a phone":                   {phoneOf("13700000123"), `{"phone":"13700000123"}`, true},
		"a phone of many":           {phoneOf("13700000"), "to 13700000123 ", true},
		"at the edges":              {phoneOf("13700000"), "13700000123", true},
		"digits of a longer number": {phoneOf("13700000"), "113700000123 137000001234", false},
		"a fraction":                {phoneOf("13700000"), "0.13700000123", false},
	} {
		if got := c.secret.in([]byte(c.kept)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
