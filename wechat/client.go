// Package wechat signs residents in with their WeChat account, asks for their
// phone number and sends subscribe messages. It is the only user of the WeChat SDK, whose traps it closes: a
// process-wide HTTP client without limits, errors that carry secrets, codes put
// into URLs unescaped, tokens that stay cached after WeChat refused them.
//
// Message push is not mounted: nothing here needs it, and the SDK's receiver
// accepts forged messages unless it is configured with care.
package wechat

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/silenceper/wechat/v2/miniprogram"
	"github.com/silenceper/wechat/v2/miniprogram/auth"
	"github.com/silenceper/wechat/v2/miniprogram/config"
	"github.com/sony/gobreaker/v2"

	"communitypass.cn/communitypass/model"
)

// mobile is a number of mainland China's mobile networks, without country code.
var mobile = regexp.MustCompile(`^1[3-9][0-9]{9}$`)

// Identity is who WeChat says somebody is. The session_key that comes with it
// never leaves this package and is not kept: nothing here needs it.
type Identity struct {
	// OpenID names the person within this mini-program.
	OpenID string
	// UnionID names the person across one company's programs; empty where the
	// mini-program is not bound to an open platform account.
	UnionID string
}

// Client calls one mini-program's API. It is safe for concurrent use.
type Client struct {
	appID   string
	timeout time.Duration
	route   *route
	sdk     *auth.Auth
	tokens  *tokenCache
	breaker *gobreaker.CircuitBreaker[struct{}]
}

// New checks the config and makes a client; it does not call WeChat. The clock
// decides when a cached access token has run out.
func New(cfg Config, clock model.Clock) (*Client, error) {
	cfg, base, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	if clock == nil {
		return nil, errors.New("wechat: a clock is needed")
	}
	takeOverSDK()
	tokens := newTokenCache(clock)
	// The stable token lets every replica ask for itself: WeChat gives all of
	// them the same one, so they need no shared cache.
	program := miniprogram.NewMiniProgram(&config.Config{
		AppID: cfg.AppID, AppSecret: cfg.Secret, Cache: tokens, UseStableAK: true,
	})
	program.SetAccessTokenContextHandle(tokenSource{program.GetContext().AccessTokenContextHandle})
	return &Client{
		appID:   cfg.AppID,
		timeout: cfg.Timeout,
		route:   newRoute(base),
		sdk:     program.GetAuth(),
		tokens:  tokens,
		breaker: newBreaker(),
	}, nil
}

// Close lets go of idle connections. Calls under way go on.
func (c *Client) Close() { c.route.close() }

// Login exchanges the one-time code of wx.login for the identity behind it, in
// at most two calls to WeChat. Errors are *model.Error: wechat_code_invalid (the
// client may try once more with a fresh code), wechat_user_blocked, and
// wechat_unavailable with RetryAfterSeconds.
func (c *Client) Login(ctx context.Context, code string) (Identity, error) {
	if !plain.MatchString(code) {
		return Identity{}, malformedCode()
	}
	var who Identity
	err := c.do(ctx, func(ctx context.Context) error {
		session, err := c.sdk.Code2SessionContext(ctx, code)
		if err != nil {
			return err
		}
		// An answer of {} is no error to the SDK.
		if !plain.MatchString(session.OpenID) || session.UnionID != "" && !plain.MatchString(session.UnionID) {
			return garbage("jscode2session", "answered no usable openid")
		}
		who = Identity{OpenID: session.OpenID, UnionID: session.UnionID}
		return nil
	})
	if err != nil {
		return Identity{}, err
	}
	return who, nil
}

// PhoneNumber exchanges the one-time code of getPhoneNumber (not the one of
// wx.login) for a mainland mobile number, eleven digits without country code. A
// success costs the mini-program's owner money. Errors are those of Login, and
// invalid for a number that is not a mainland mobile.
func (c *Client) PhoneNumber(ctx context.Context, code string) (string, error) {
	if !plain.MatchString(code) {
		return "", malformedCode()
	}
	var info auth.PhoneInfo
	err := c.do(ctx, func(ctx context.Context) error {
		answer, err := c.sdk.GetPhoneNumberContext(ctx, code)
		if err != nil {
			return err
		}
		info = answer.PhoneInfo
		if info.PurePhoneNumber == "" {
			return garbage(phoneAPI, "answered no number")
		}
		if id := info.WaterMark.AppID; id != "" && id != c.appID {
			return garbage(phoneAPI, "answered for another mini-program")
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if info.CountryCode != "86" || !mobile.MatchString(info.PurePhoneNumber) {
		return "", model.Invalid(model.FieldError{Field: "/code", Code: "format"})
	}
	return info.PurePhoneNumber, nil
}

func malformedCode() error {
	return model.Fail(model.CodeWechatCodeInvalid, errors.New("the code is malformed; WeChat was not asked"))
}
