package house

import (
	"context"

	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/outbound/hc"
	"communitypass.cn/communitypass/outbound/viid"
	"communitypass.cn/communitypass/qr"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/sms"
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

// courier fits the senders of each format to what forwarding needs.
type courier struct {
	sender    *webhook.Sender
	hc        *hc.Sender
	viid      *viid.Sender
	directory *service.Directory
}

// NewCourier makes the courier that speaks each format by one guarded way out.
func NewCourier(sender *webhook.Sender, directory *service.Directory) service.Courier {
	return courier{sender: sender, hc: hc.New(sender), viid: viid.New(sender), directory: directory}
}

func (c courier) Send(ctx context.Context, to model.Recipient, d model.Delivery) service.DeliveryOutcome {
	switch to.Format {
	case model.FormatCloudEvents:
		return c.event(ctx, to, d)
	case model.FormatHC:
		return outcome(c.hc.Send(ctx, to, d))
	case model.FormatVIID:
		return outcome(c.viid.Send(ctx, to, d))
	}
	// A newer server's: it waits for one that knows the format.
	return service.DeliveryOutcome{Class: service.OutcomeRetry, Detail: "format_unknown"}
}

// event sends CloudEvents.
func (c courier) event(ctx context.Context, to model.Recipient, d model.Delivery) service.DeliveryOutcome {
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
	return outcome(c.sender.Send(ctx, target, webhook.Event{ID: d.ID, Type: d.Type, Source: "/communities/" + d.CommunityID, Subject: d.Subject,
		Time: model.FromMillis(d.OccurredAt), Sequence: d.Sequence, Data: []byte(d.Body)}))
}

func outcome(o webhook.Outcome) service.DeliveryOutcome {
	return service.DeliveryOutcome{Class: service.DeliveryClass(o.Class), Status: o.Status, RetryAfter: o.RetryAfter, Detail: o.Detail, SM3: o.SM3}
}

// KeepAlive tells a recipient that we are there, where its format has that.
func (c courier) KeepAlive(ctx context.Context, to model.Recipient) service.DeliveryOutcome {
	if to.Format != model.FormatVIID {
		return service.DeliveryOutcome{Class: service.OutcomeDelivered}
	}
	return outcome(c.viid.KeepAlive(ctx, to))
}

// SignOff takes our leave of a recipient, where its format has that.
func (c courier) SignOff(ctx context.Context, to model.Recipient) service.DeliveryOutcome {
	if to.Format != model.FormatVIID {
		return service.DeliveryOutcome{Class: service.OutcomeDelivered}
	}
	return outcome(c.viid.SignOff(ctx, to))
}

func (c courier) CheckURL(ctx context.Context, url string) error { return c.sender.CheckURL(ctx, url) }

func (courier) NewSecret() string { return webhook.NewSecret() }

// ear fits the Hikvision listener to what listening needs.
type ear struct{ *hikvision.Listener }

func (e ear) Listen(ctx context.Context, dev *model.Device, to model.DeviceContact, begun func() error, hear func(service.DeviceTold) error) error {
	return e.Listener.Listen(ctx, dev, to, begun, func(t hikvision.Told) error { return hear(deviceTold(t)) })
}

func (e ear) Missed(ctx context.Context, dev *model.Device, to model.DeviceContact, from, until int64, hear func(service.DeviceTold) error) error {
	return e.Listener.Missed(ctx, dev, to, from, until, func(t hikvision.Told) error { return hear(deviceTold(t)) })
}

func deviceTold(t hikvision.Told) service.DeviceTold {
	return service.DeviceTold{Serial: t.Serial, Events: t.Events, Clock: t.Clock, Software: t.Software, Record: t.Record}
}

// platformSigner signs with the platform key that is active when it signs.
type platformSigner struct{ directory *service.Directory }

func (s platformSigner) SignWebhook(message []byte) ([]byte, error) {
	key, ok := s.directory.Ring().Platform()
	if !ok {
		return nil, model.Fail(model.CodeKeyMissing)
	}
	return key.Sign(message)
}

// subscriber fits WeChat to what pushing needs.
type subscriber struct{ client *wechat.Client }

func (s subscriber) Push(ctx context.Context, openID, templateID string, fields map[string]string) (service.PushResult, string) {
	r, code := s.client.Send(ctx, openID, templateID, fields)
	return service.PushResult(r), code
}

// texter fits the SMS provider to what pushing needs.
type texter struct{ client *sms.Client }

func (t texter) Push(ctx context.Context, phone, templateID string, fields []string) (service.PushResult, string) {
	r, code := t.client.Send(ctx, phone, templateID, fields)
	return service.PushResult(r), code
}

// texter is nil where no provider is set up.
func (h *House) texter() service.SMSPusher {
	if h.texts == nil {
		return nil
	}
	return texter{h.texts}
}
