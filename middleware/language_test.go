package middleware

import "testing"

func TestAcceptLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"":                             Chinese,
		"zh-CN":                        Chinese,
		"zh":                           Chinese,
		"en":                           English,
		"EN-gb":                        English,
		"en-US,en;q=0.9,zh-CN;q=0.8":   English,
		"zh-CN,zh;q=0.9,en;q=0.8":      Chinese,
		"zh;q=0.3,en;q=0.7":            English,
		"en;q=0.3, zh-TW ;q=0.7":       Chinese,
		"en, zh":                       English,
		"zh, en":                       Chinese,
		"en;q=0":                       Chinese,
		"en;q=nonsense":                Chinese,
		"en;q=2":                       Chinese,
		"en;q=NaN":                     Chinese,
		"fr, de":                       Chinese,
		"fr;q=1, en;q=0.1":             English,
		"*":                            Chinese,
		",,;;":                         Chinese,
		"english":                      Chinese,
		"zh-CN;q=0.5,en-US;q=0.5,fr":   Chinese,
		"en-US;q=0.5,zh-CN;q=0.5,fr,*": English,
	} {
		if got := acceptLanguage(header); got != want {
			t.Errorf("%q gives %s, want %s", header, got, want)
		}
	}
}
