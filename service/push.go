package service

import (
	"context"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// pushPoll is how long a message waits at most before it is pushed.
	pushPoll = 500 * time.Millisecond
	// pushBatch is how many pushes one pass takes, pushersAtOnce how many at once.
	pushBatch, pushersAtOnce = 100, 4
	// pushLease is how long a push belongs to its worker, pushLimit what one attempt
	// may take: well within it, since a lost lease is a second message.
	pushLease, pushLimit = 60 * time.Second, 15 * time.Second
	// pushTries are the attempts on one rung, pushPauses the waits between them.
	pushTries = 3
	// smsPerDay bounds what one person is sent, and what that costs.
	smsPerDay = 10
)

var pushPauses = [pushTries]time.Duration{30 * time.Second, 4 * time.Minute}

// PushResult is what a provider made of a message.
type PushResult string

// Results.
const (
	PushDone PushResult = "sent"
	// PushRefused: this person cannot be reached so; again would change nothing.
	PushRefused PushResult = "refused"
	// PushNoConsent: WeChat knows of no consent (43101).
	PushNoConsent PushResult = "no_consent"
	// PushBroken: the template or the account is wrong, for everybody.
	PushBroken PushResult = "broken"
	// PushLater: an outage or a throttle; another try may succeed.
	PushLater PushResult = "later"
)

// WechatPusher sends one subscribe message; fields are by the template's keys. code
// says why it was not sent, without anything personal.
type WechatPusher interface {
	Push(ctx context.Context, openID, templateID string, fields map[string]string) (r PushResult, code string)
}

// SMSPusher sends one text; fields are in the template's order.
type SMSPusher interface {
	Push(ctx context.Context, phone, templateID string, fields []string) (r PushResult, code string)
}

// Pusher brings messages from the inbox to phones. Any number of them may work on
// one database: a lease keeps a push with one. One that dies between sending and
// writing so down leaves a second message behind at most.
type Pusher struct {
	Deps
	appID  string
	wechat WechatPusher
	sms    SMSPusher

	mu      sync.Mutex
	stopped map[string]bool // templates that were found broken, until a restart
	failing bool
}

// NewPusher makes a pusher; sms is nil when no provider is configured.
func NewPusher(d Deps, appID string, wechat WechatPusher, sms SMSPusher) *Pusher {
	return &Pusher{Deps: d, appID: appID, wechat: wechat, sms: sms, stopped: map[string]bool{}}
}

// Run pushes until ctx ends; attempts under way then end with it.
func (p *Pusher) Run(ctx context.Context) {
	for model.Wait(ctx, pushPoll) == nil {
		err := p.Pass(ctx)
		if err != nil && !p.failing && ctx.Err() == nil {
			p.Log.Warn("pushing fails", "code", model.CodeOf(err))
		}
		p.failing = err != nil
	}
}

// Pass pushes what is due, once, and waits for it.
func (p *Pusher) Pass(ctx context.Context) error {
	due, err := p.Store.View(ctx).DuePushes(pushBatch)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	turns := make(chan struct{}, pushersAtOnce)
	errs := make(chan error, len(due))
	for _, push := range due {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			errs <- p.take(ctx, push)
		})
	}
	all.Wait()
	close(errs)
	for e := range errs {
		if err == nil {
			err = e
		}
	}
	return err
}

// take leases one push and makes one attempt.
func (p *Pusher) take(ctx context.Context, push model.Push) error {
	// An attempt that a stop cuts is put off like one that failed.
	if ctx.Err() != nil {
		return ctx.Err()
	}
	push.LeasedUntil = model.Millis(p.Clock.Now().Add(pushLease))
	taken := false
	err := p.Store.Update(ctx, func(tx *store.Tx) (err error) {
		taken, err = tx.TakePush(push.MessageID, push.LeasedUntil)
		return err
	})
	if err != nil || !taken {
		return err
	}
	push.Attempts++
	to, err := p.attempt(ctx, push)
	if err != nil {
		return err // the lease runs out, and somebody tries again
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pushLimit)
	defer cancel()
	return p.Store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.EndPush(push, to)
		return err
	})
}

// attempt tries the push's rung and says how the push goes on.
func (p *Pusher) attempt(ctx context.Context, push model.Push) (model.Push, error) {
	m, err := p.Store.View(ctx).Message(push.PersonID, push.MessageID)
	if model.IsNotFound(err) {
		return ended(push, model.PushNone, "gone"), nil
	}
	if err != nil {
		return push, err
	}
	if m.ReadAt > 0 {
		return ended(push, model.PushNone, "read"), nil
	}
	if push.Attempts > pushTries { // its workers died; what they sent is not known
		return p.fall(push, &m, "lost"), nil
	}
	ctx, cancel := context.WithTimeout(ctx, pushLimit)
	defer cancel()
	var result PushResult
	var code string
	if push.Way == model.WaySMS {
		result, code, err = p.text(ctx, &m)
	} else {
		result, code, err = p.subscribe(ctx, &m)
	}
	switch {
	case err != nil:
		return push, err
	case result == PushDone:
		return ended(push, model.PushSent, ""), nil
	case result == PushLater && push.Attempts < pushTries:
		push.Code, push.NextAt = code, p.now()+pushPauses[push.Attempts-1].Milliseconds()
		return push, nil
	}
	return p.fall(push, &m, code), nil
}

// fall goes down one rung, or ends where there is none below.
func (p *Pusher) fall(push model.Push, m *model.Message, code string) model.Push {
	if !p.Ways.after(push.Way, m) {
		return ended(push, model.PushNone, code)
	}
	push.Way, push.Code, push.Attempts, push.NextAt = model.WaySMS, code, 0, p.now()
	return push
}

func ended(push model.Push, state model.PushState, code string) model.Push {
	push.State, push.Code = state, code
	return push
}
