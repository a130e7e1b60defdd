package wechat_test

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/wechat"
)

func TestNewChecksItsConfig(t *testing.T) {
	t.Parallel()
	good := wechat.Config{AppID: appID, Secret: secret}
	with := func(change func(*wechat.Config)) wechat.Config {
		cfg := good
		change(&cfg)
		return cfg
	}
	base := func(url string) wechat.Config { return with(func(c *wechat.Config) { c.BaseURL = url }) }
	for name, c := range map[string]struct {
		cfg wechat.Config
		ok  bool
	}{
		"defaults":              {good, true},
		"https elsewhere":       {base("https://wechat-proxy.example.cn/api/"), true},
		"simulator by address":  {base("http://127.0.0.1:9001"), true},
		"simulator by IPv6":     {base("http://[::1]:9001"), true},
		"simulator in compose":  {base("http://simulator:9001/wechat"), true},
		"simulator in the LAN":  {base("http://192.168.1.9"), true},
		"no app id":             {with(func(c *wechat.Config) { c.AppID = "" }), false},
		"app id with parameter": {with(func(c *wechat.Config) { c.AppID = "wx&a=b" }), false},
		"no secret":             {with(func(c *wechat.Config) { c.Secret = "" }), false},
		"secret with line end":  {with(func(c *wechat.Config) { c.Secret += "\n" }), false},
		"negative timeout":      {with(func(c *wechat.Config) { c.Timeout = -time.Second }), false},
		"secret in the clear":   {base("http://api.weixin.qq.com"), false},
		"public address":        {base("http://8.8.8.8"), false},
		"other scheme":          {base("ftp://127.0.0.1"), false},
		"no host":               {base("https://"), false},
		"not a URL":             {base("https://%zz"), false},
		"a query":               {base("https://example.cn?a=b"), false},
		"a password":            {base("https://user:canarysecret@example.cn"), false},
	} {
		client, err := wechat.New(c.cfg, model.FrozenClock(noon))
		if (err == nil) != c.ok || (client != nil) != c.ok {
			t.Errorf("%s: client %v, error %v", name, client != nil, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error repeats a secret: %v", name, err)
		}
	}
	if _, err := wechat.New(good, nil); err == nil {
		t.Error("a client without a clock was made")
	}
}
