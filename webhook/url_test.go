package webhook_test

import (
	"net/netip"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	closed := newSender(t, webhook.Options{}, model.FrozenClock(at))
	long := "https://property.example/" + strings.Repeat("a", 2048-len("https://property.example/"))
	for want, urls := range map[bool][]string{
		true: {
			"https://property.example", "https://property.example/events?tenant=1", "https://property.example:8443/e",
			"https://PROPERTY.example./e", "https://xn--fiq228c.xn--fiqs8s/e", "https://a_b.example/e", "https://1.1.1.1/e",
			"https://[2400:3200::1]:8443/e", "https://3com.example/", "HTTPS://property.example/", long,
		},
		false: {
			"", "property.example", "//property.example/e", "/events", "https:", "https://", "https:///e", "https:property.example",
			"http://property.example/e", "ftp://property.example/e", "file:///etc/passwd", "gopher://property.example/", "javascript:alert(1)",
			"https://user@property.example/", "https://user:pw@property.example/", "https://@property.example/", "https://property.example/#a",
			"https://property.example/#", "https://property.example:/", "https://property.example:0/", "https://property.example:65536/",
			"https://property.example:-1/", "https://property.example:22/", "https://property.example:6379/", "https://property.example:https/",
			"https://pro perty.example/", "https://property..example/", "https://.example/", "https://物业.中国/", "https://１２７.０.０.１/",
			"https://property.example\\@127.0.0.1/", "https://property.example/\x00", " https://property.example/", "https://%31%32%37.0.0.1/",
			"https://localhost/", "https://LOCALHOST./", "https://a.localhost/", "https://127.0.0.1/", "https://[::1]/", "https://[fe80::1%25eth0]/", "https://[2400:3200::1%25eth0]/",
			"https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://127.1/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
			"https://127.0.0.1./", "https://0/", "https://1.0x/", "https://" + strings.Repeat("a", 64) + ".example/",
			"https://" + strings.Repeat("a.", 127) + "example/", long + "a",
		},
	} {
		for _, raw := range urls {
			err := closed.CheckURL(bg(), raw)
			if (err == nil) != want || (err != nil && model.CodeOf(err) != model.CodeRecipientURLRefused) {
				t.Errorf("%.80q: %v, want accepted %v", raw, err, want)
			}
		}
	}
}

func TestCheckURLWithAllowedNetworks(t *testing.T) {
	t.Parallel()
	office := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	https := newSender(t, webhook.Options{AllowedPrefixes: office}, model.FrozenClock(at))
	both := newSender(t, webhook.Options{AllowedPrefixes: office, AllowHTTP: true}, model.FrozenClock(at))
	onlyHTTP := newSender(t, webhook.Options{AllowHTTP: true}, model.FrozenClock(at))
	own := newSender(t, demo(), model.FrozenClock(at))
	for _, c := range []struct {
		sender *webhook.Sender
		url    string
		want   bool
	}{
		{https, "https://10.1.2.3:6379/e", true}, {https, "https://10.2.0.1/e", false}, {https, "http://10.1.2.3/e", false},
		{https, "https://oa.office.example:6379/e", true}, // the name may lead into the office: judged when dialled
		{both, "http://10.1.2.3:8080/e", true}, {both, "http://oa.office.example/e", true}, {both, "http://1.1.1.1/e", false},
		{both, "http://10.2.0.1/e", false}, {both, "https://localhost/e", false},
		{onlyHTTP, "http://1.1.1.1/e", false}, {onlyHTTP, "http://127.0.0.1/e", false},
		{own, "http://localhost:9000/e", true}, {own, "http://127.0.0.1:9000/e", true}, {own, "http://[::1]:9000/e", true},
		{own, "http://[::ffff:127.0.0.1]:9000/e", false},
	} {
		if err := c.sender.CheckURL(bg(), c.url); (err == nil) != c.want {
			t.Errorf("%s: %v, want accepted %v", c.url, err, c.want)
		}
	}
}
