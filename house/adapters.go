package house

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/qr"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/webhook"
	"communitypass.cn/communitypass/wechat"
)

// signIn fits WeChat to what signing in needs.
type signIn struct{ *wechat.Client }

func (s signIn) Login(ctx context.Context, code string) (openID, unionID string, err error) {
	who, err := s.Client.Login(ctx, code)
	return who.OpenID, who.UnionID, err
}

// painter draws pass codes and keeps what it drew.
type painter struct{ images *qr.Cache }

func (p painter) PNG(text string, size int) ([]byte, error) {
	return p.images.Image(qr.FormatPNG, text, size)
}

func (p painter) SVG(text string, size int) ([]byte, error) {
	return p.images.Image(qr.FormatSVG, text, size)
}

// courier fits the webhook sender to what forwarding needs.
type courier struct {
	sender    *webhook.Sender
	directory *service.Directory
}

func (c courier) Send(ctx context.Context, to model.Recipient, d model.Delivery) service.DeliveryOutcome {
	target := webhook.Target{URL: to.URL}
	for _, text := range []string{to.Secret, to.PreviousSecret} {
		if text == "" {
			continue
		}
		secret, err := webhook.ParseSecret(text)
		if err != nil {
			return service.DeliveryOutcome{Class: service.OutcomeRetry, Detail: "secret_invalid"}
		}
		target.Secrets = append(target.Secrets, secret)
	}
	if to.WantsSM2 {
		target.SM2 = platformSigner{c.directory}
	}
	o := c.sender.Send(ctx, target, webhook.Event{ID: d.ID, Type: d.Type, Source: "/communities/" + d.CommunityID, Subject: d.Subject,
		Time: model.FromMillis(d.OccurredAt), Sequence: d.Sequence, Data: []byte(d.Body)})
	return service.DeliveryOutcome{Class: service.DeliveryClass(o.Class), Status: o.Status, RetryAfter: o.RetryAfter, Detail: o.Detail}
}

func (c courier) CheckURL(ctx context.Context, url string) error { return c.sender.CheckURL(ctx, url) }

func (courier) NewSecret() string { return webhook.NewSecret() }

// platformSigner signs with the platform key that is active when it signs.
type platformSigner struct{ directory *service.Directory }

func (s platformSigner) SignWebhook(message []byte) ([]byte, error) {
	key, ok := s.directory.Ring().Platform()
	if !ok {
		return nil, model.Fail(model.CodeKeyMissing)
	}
	return key.Sign(message)
}
