// Package sms sends texts through Tencent Cloud (腾讯云短信), by its own SDK behind
// one small client: no retries of its own, bounded in time, and errors without the
// phone or the secret.
package sms

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tencent "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	api "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sms/v20210111"
)

// Config is an application of the provider; without a SecretID there is no SMS.
type Config struct {
	SecretID  string
	SecretKey string `json:"-"`
	AppID     string // SdkAppId
	Sign      string // 签名, as it was approved
	Region    string // ap-guangzhou when empty
	// BaseURL is https://sms.tencentcloudapi.com when empty; the simulator's
	// address in tests and the demo.
	BaseURL string
	Timeout time.Duration // of one text; 5 s when zero
}

// String keeps the secret out of logs.
func (c Config) String() string { return "sms.Config{AppID: " + c.AppID + ", secrets redacted}" }

// GoString is String, for %#v.
func (c Config) GoString() string { return c.String() }

// Receipt is what became of a text.
type Receipt string

// Receipts.
const (
	Sent Receipt = "sent"
	// Refused: this number takes no text, or has had too many.
	Refused Receipt = "refused"
	// Broken: the template, signature or account is wrong, for everybody.
	Broken Receipt = "broken"
	// Later: an outage or a throttle.
	Later Receipt = "later"
)

// Client sends texts. It is safe for concurrent use.
type Client struct {
	cfg       Config
	sdk       *api.Client
	transport *http.Transport
}

var (
	plain  = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)
	mobile = regexp.MustCompile(`^1[3-9][0-9]{9}$`)
)

// New checks the config and makes a client; it does not call the provider. Its
// errors never repeat a value.
func New(cfg Config) (*Client, error) {
	if !plain.MatchString(cfg.SecretID) || !plain.MatchString(cfg.SecretKey) || !plain.MatchString(cfg.AppID) || cfg.Sign == "" {
		return nil, errors.New("sms: secret id, secret key, app id and sign are needed, without spaces")
	}
	if cfg.Region == "" {
		cfg.Region = "ap-guangzhou"
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 5 * time.Second
	}
	p := profile.NewClientProfile()
	p.HttpProfile.ReqTimeout = int(max(cfg.Timeout/time.Second, 1))
	if cfg.BaseURL != "" {
		u, err := url.Parse(cfg.BaseURL)
		if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.Scheme != "https" && (u.Scheme != "http" || !isNear(u.Hostname())) {
			return nil, errors.New("sms: the base URL must be https and a host; http is for a simulator on this machine")
		}
		p.HttpProfile.Scheme, p.HttpProfile.Endpoint = strings.ToUpper(u.Scheme), u.Host
	}
	sdk, err := api.NewClient(common.NewCredential(cfg.SecretID, cfg.SecretKey), cfg.Region, p)
	if err != nil {
		return nil, errors.New("sms: the SDK refuses the configuration")
	}
	c := &Client{cfg: cfg, sdk: sdk, transport: &http.Transport{Proxy: http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext, TLSHandshakeTimeout: 3 * time.Second,
		MaxConnsPerHost: 16, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 16 << 10}}
	sdk.WithHttpTransport(c.transport)
	return c, nil
}

// isNear reports whether a host is this machine or a private network.
func isNear(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate())
}

// Close lets go of idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Send sends one text to a mainland mobile number. code is the provider's error
// code, or what went wrong on the way; its messages, which may name the number, are
// dropped.
func (c *Client) Send(ctx context.Context, phone, templateID string, fields []string) (r Receipt, code string) {
	if !mobile.MatchString(phone) {
		return Refused, "phone_format"
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	ask := api.NewSendSmsRequest()
	ask.SmsSdkAppId, ask.SignName, ask.TemplateId = &c.cfg.AppID, &c.cfg.Sign, &templateID
	ask.PhoneNumberSet = common.StringPtrs([]string{"+86" + phone})
	ask.TemplateParamSet = common.StringPtrs(fields)
	answer, err := c.sdk.SendSmsWithContext(ctx, ask)
	var told *tencent.TencentCloudSDKError
	switch {
	case errors.As(err, &told):
		return judge(told.GetCode())
	case err != nil:
		return Later, "unreachable"
	case answer.Response == nil || len(answer.Response.SendStatusSet) != 1 || answer.Response.SendStatusSet[0].Code == nil:
		return Later, "not_understood"
	}
	return judge(*answer.Response.SendStatusSet[0].Code)
}

var codePattern = regexp.MustCompile(`^[A-Za-z]{1,32}(\.[A-Za-z]{1,80})?$`)

// judge sorts the provider's code: what is for one number, for all, or for now.
func judge(code string) (Receipt, string) {
	if code == "Ok" {
		return Sent, ""
	}
	if !codePattern.MatchString(code) {
		return Later, "not_understood"
	}
	short := code[:min(len(code), 64)]
	class, detail, _ := strings.Cut(code, ".")
	switch {
	case class == "RequestLimitExceeded", class == "InternalError", class == "ClientError",
		class == "LimitExceeded" && !strings.HasPrefix(detail, "PhoneNumber"):
		return Later, short
	case class == "LimitExceeded", detail == "PhoneNumberInBlacklist", strings.HasPrefix(detail, "IncorrectPhoneNumber"),
		strings.HasPrefix(detail, "PhoneNumber"), detail == "ContainSensitiveWord":
		return Refused, short
	}
	return Broken, short
}
