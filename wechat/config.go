package wechat

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const (
	apiHost        = "api.weixin.qq.com"
	defaultBaseURL = "https://" + apiHost
	defaultTimeout = 5 * time.Second
)

// plain is what may stand in a URL without being escaped. The SDK escapes
// neither the app id, the secret nor the code: a code "x&appid=wx…" would go
// out as two parameters, and a secret read from a file with its line end would
// break the request.
var plain = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// Config says whose mini-program this is and where its API is.
type Config struct {
	AppID  string
	Secret string `json:"-"`
	// BaseURL is https://api.weixin.qq.com when empty; the simulator's address in
	// tests and the demo. Plain http is taken only towards this machine, a private
	// address or a name without a dot, since the secret travels in the URL.
	BaseURL string
	// Timeout bounds one Login or PhoneNumber with everything it takes, a repeat
	// included; 5 s when zero.
	Timeout time.Duration
}

// Format keeps the secret out of every fmt verb.
func (c Config) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "wechat.Config{AppID: "+c.AppID+", Secret: redacted, BaseURL: "+c.BaseURL+"}")
}

// LogValue keeps the secret out of structured logs.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(slog.String("app_id", c.AppID), slog.String("base_url", c.BaseURL))
}

// checked is the config with its defaults and the address it leads to. Its
// errors never repeat a value.
func (c Config) checked() (Config, *url.URL, error) {
	if !plain.MatchString(c.AppID) {
		return c, nil, errors.New("wechat: the app id is missing or has characters other than letters, digits, - and _")
	}
	if !plain.MatchString(c.Secret) {
		return c, nil, errors.New("wechat: the app secret is missing or has characters (perhaps a line end) other than letters, digits, - and _")
	}
	if c.Timeout < 0 {
		return c, nil, errors.New("wechat: the timeout is negative")
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.BaseURL == "" {
		c.BaseURL = defaultBaseURL
	}
	base, err := parseBase(c.BaseURL)
	return c, base, err
}

func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("wechat: the base URL must be a scheme and a host, at most with a path")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isNear(u.Hostname())) {
		return nil, errors.New("wechat: the base URL must be https; http is for a simulator on this machine or network")
	}
	return u, nil
}

// isNear reports whether a host is surely not on the public internet.
func isNear(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return !strings.Contains(host, ".")
	}
	return addr.IsLoopback() || addr.IsPrivate()
}
