package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// subscribe sends a message by WeChat, for one consent: it is taken first, so that
// of many messages no two are sent for it, and given back when nothing was sent.
func (p *Pusher) subscribe(ctx context.Context, m *model.Message) (PushResult, string, error) {
	template, ok := p.Ways.Wechat.of(m.Template)
	if !ok || p.isStopped(template.ID) {
		return PushRefused, "template_off", nil
	}
	openID, err := p.Store.View(ctx).OpenIDOf(m.PersonID, p.appID)
	if model.IsNotFound(err) {
		return PushRefused, "no_account", nil
	}
	if err != nil {
		return "", "", err
	}
	spent := false
	err = p.Store.Update(ctx, func(tx *store.Tx) (err error) {
		spent, err = tx.SpendAllowance(m.PersonID, template.ID)
		return err
	})
	if err != nil || !spent {
		return PushNoConsent, "no_allowance", err
	}
	fields := make(map[string]string, len(template.Fields))
	for _, f := range template.Fields {
		fields[f.Key] = p.field(m, f.Source)
	}
	result, code := p.wechat.Push(ctx, openID, template.ID, fields)
	return result, code, p.settle(ctx, m.PersonID, template.ID, result, code)
}

// settle puts the ledger right after an answer.
func (p *Pusher) settle(ctx context.Context, personID, templateID string, r PushResult, code string) error {
	if r == PushBroken {
		p.stop(templateID, code)
	}
	// What the ledger says must be written even when the attempt used up its time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pushLimit)
	defer cancel()
	return p.Store.Update(ctx, func(tx *store.Tx) error {
		switch r {
		case PushNoConsent:
			return tx.ClearAllowance(personID, templateID)
		case PushLater, PushBroken:
			return tx.AddAllowance(personID, templateID, allowanceMost)
		}
		return nil
	})
}

// text sends a message by SMS, to the phone that WeChat vouched for.
func (p *Pusher) text(ctx context.Context, m *model.Message) (PushResult, string, error) {
	template, ok := p.Ways.SMS.of(m.Template)
	if !ok || p.sms == nil || p.isStopped(template.ID) {
		return PushRefused, "template_off", nil
	}
	tx := p.Store.View(ctx)
	person, err := tx.Person(m.PersonID)
	switch {
	case model.IsNotFound(err):
		return PushRefused, "gone", nil
	case err != nil:
		return "", "", err
	case person.Phone == "":
		return PushRefused, "no_phone", nil
	}
	sent, err := tx.CountPushes(m.PersonID, model.WaySMS, p.now()-24*60*60*1000)
	if err != nil || sent >= smsPerDay {
		return PushRefused, "sms_quota", err
	}
	fields := make([]string, len(template.Fields))
	for i, f := range template.Fields {
		fields[i] = p.field(m, f.Source)
	}
	result, code := p.sms.Push(ctx, person.Phone, template.ID, fields)
	if result == PushBroken {
		p.stop(template.ID, code)
	}
	return result, code, nil
}

// beijing is the time zone of times in messages that a provider shows.
const beijing = 8 * 60 * 60

// field is one field of a provider's template. Pushes are in Chinese: neither
// WeChat's templates nor the provider's have another language.
func (p *Pusher) field(m *model.Message, source string) string {
	switch source {
	case "text":
		return messageText(m, "zh")
	case "time":
		return model.FromMillis(m.CreatedAt + beijing*1000).Format("2006-01-02 15:04:05")
	case "community":
		if c, ok := p.Directory.Community(m.CommunityID); ok {
			return c.Name
		}
		return ""
	}
	return m.Params[source]
}

func (p *Pusher) isStopped(templateID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopped[templateID]
}

// stop sends no more by a template that its provider finds wrong, until somebody
// has put it right and starts the server again. It is said once.
func (p *Pusher) stop(templateID, code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped[templateID] {
		p.Log.Error("a message template is wrong and is not used any more", "template_id", templateID, "code", code)
	}
	p.stopped[templateID] = true
}
