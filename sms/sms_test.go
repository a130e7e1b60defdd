package sms_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/sms"
)

const phone = "13800138000"

func open(t *testing.T, secretID string) (*simulator.SMS, *sms.Client, *httptest.Server) {
	t.Helper()
	sim := simulator.NewSMS("AKIDtest")
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	c, err := sms.New(sms.Config{SecretID: secretID, SecretKey: "canarykey", AppID: "1400", Sign: "某某物业", BaseURL: server.URL, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return sim, c, server
}

func TestATextIsSent(t *testing.T) {
	sim, c, _ := open(t, "AKIDtest")
	if r, code := c.Send(t.Context(), phone, "77", []string{"春晓花园", "b"}); r != sms.Sent {
		t.Fatal(r, code)
	}
	got := sim.Sent()
	if len(got) != 1 || got[0].Phone != phone || got[0].TemplateID != "77" || got[0].Sign != "某某物业" || !slices.Equal(got[0].Fields, []string{"春晓花园", "b"}) {
		t.Error(got)
	}
}

func TestWhatGoesWrongIsSorted(t *testing.T) {
	for code, want := range map[string]sms.Receipt{
		"LimitExceeded.PhoneNumberDailyLimit": sms.Refused, "LimitExceeded.PhoneNumberThirtySecondLimit": sms.Refused,
		"FailedOperation.PhoneNumberInBlacklist": sms.Refused, "InvalidParameterValue.IncorrectPhoneNumber": sms.Refused,
		"FailedOperation.ContainSensitiveWord": sms.Refused,
		"LimitExceeded.AppDailyLimit":          sms.Later, "RequestLimitExceeded": sms.Later, "InternalError.Timeout": sms.Later,
		"FailedOperation.TemplateIncorrectOrUnapproved": sms.Broken, "FailedOperation.InsufficientBalanceInSmsPackage": sms.Broken,
		"UnauthorizedOperation.SdkAppIdIsDisabled": sms.Broken, "AuthFailure.SecretIdNotFound": sms.Broken,
		"not a code " + phone: sms.Later,
	} {
		for name, set := range map[string]func(*simulator.SMS){"of the number": func(s *simulator.SMS) { s.Refuse(code) }, "of the call": func(s *simulator.SMS) { s.Fail(code) }} {
			sim, c, _ := open(t, "AKIDtest")
			set(sim)
			r, said := c.Send(t.Context(), phone, "77", nil)
			if r != want || strings.Contains(said, phone) || said == "" {
				t.Errorf("%s %s: %s %q, want %s", code, name, r, said, want)
			}
			if n := sim.Calls(); n != 1 {
				t.Errorf("%s: %d calls", code, n)
			}
		}
	}
}

func TestOutagesAreForLater(t *testing.T) {
	sim, c, server := open(t, "AKIDtest")
	sim.Break(502)
	if r, code := c.Send(t.Context(), phone, "77", nil); r != sms.Later || code == "" {
		t.Error(r, code)
	}
	server.Close()
	if r, code := c.Send(t.Context(), phone, "77", nil); r != sms.Later || code == "" {
		t.Error(r, code)
	}
	_, wrong, _ := open(t, "AKIDother")
	if r, code := wrong.Send(t.Context(), phone, "77", nil); r != sms.Broken || code != "AuthFailure.SecretIdNotFound" {
		t.Error(r, code)
	}
	if r, _ := c.Send(t.Context(), "12345", "77", nil); r != sms.Refused {
		t.Error("a bad number:", r)
	}
}

func TestConfigsAreChecked(t *testing.T) {
	good := sms.Config{SecretID: "AKID", SecretKey: "canarykey", AppID: "1400", Sign: "x"}
	if _, err := sms.New(good); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(c *sms.Config){
		"no id": func(c *sms.Config) { c.SecretID = "" }, "a line end": func(c *sms.Config) { c.SecretKey = "canarykey\n" },
		"no app": func(c *sms.Config) { c.AppID = "" }, "no sign": func(c *sms.Config) { c.Sign = "" },
		"http to the internet": func(c *sms.Config) { c.BaseURL = "http://sms.example.cn" }, "a path": func(c *sms.Config) { c.BaseURL = "https://x.cn/y" },
	} {
		c := good
		spoil(&c)
		_, err := sms.New(c)
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v %s", good, good, good, good); strings.Contains(text, "canary") {
		t.Error(text)
	}
}
