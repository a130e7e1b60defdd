package main

import "testing"

func TestWaysAreChecked(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  Config
		want string // the variable that is refused
	}{
		{"nothing", Config{}, ""},
		{"WeChat", Config{WechatTemplates: "*=A-b_1,thing1:text"}, ""},
		{"WeChat without fields' keys", Config{WechatTemplates: "*=A,text"}, "WECHAT_TEMPLATES"},
		{"SMS without an account", Config{SMSTemplates: "*=77,community"}, "SMS_SECRET_ID"},
		{"SMS", Config{SMSTemplates: "*=77,community", SMSSecretID: "AKID", SMSSecretKey: newSecret("key"), SMSAppID: "1400", SMSSign: "某某物业"}, ""},
		{"SMS to a plain address", Config{SMSTemplates: "*=77", SMSSecretID: "AKID", SMSSecretKey: newSecret("key"), SMSAppID: "1400", SMSSign: "x",
			SMSBaseURL: "http://sms.example.cn"}, "SMS_SECRET_ID"},
	} {
		got := ""
		if found := checkWays(&c.cfg); len(found) > 0 {
			got = found[0].name
		}
		if got != c.want {
			t.Errorf("%s: %q is refused, want %q", c.name, got, c.want)
		}
		if on := c.cfg.sms() != nil; on != (c.cfg.SMSTemplates != "") {
			t.Errorf("%s: SMS on %v", c.name, on)
		}
	}
}
