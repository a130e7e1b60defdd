package webhook

import (
	"net/http"
	"slices"

	"communitypass.cn/communitypass/model"
)

// Outlet is the guarded way out for other adapters that call addresses which staff
// have typed in: each connection is judged as those of a Sender are.
type Outlet struct {
	guard     guard
	transport *http.Transport
}

// NewOutlet makes an outlet that keeps no connection: a request on a kept one may be
// sent a second time by the HTTP library, and some must go out once at most.
func NewOutlet(o Options) *Outlet {
	g := guard{allowed: slices.Clone(o.AllowedPrefixes), plain: o.AllowHTTP}
	t := newTransport(o.withDefaults(), g)
	t.DisableKeepAlives = true
	return &Outlet{guard: g, transport: t}
}

// Client follows no redirect and sets no time-out of its own.
func (o *Outlet) Client() *http.Client {
	return &http.Client{Transport: o.transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// CheckURL says whether an address could be called at all. Errors:
// recipient_url_refused.
func (o *Outlet) CheckURL(raw string) error {
	if _, err := o.guard.parse(raw); err != nil {
		return model.Fail(model.CodeRecipientURLRefused, err)
	}
	return nil
}
