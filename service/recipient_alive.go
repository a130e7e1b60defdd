package service

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"communitypass.cn/communitypass/model"
)

const (
	// signOffLimit bounds how long staff who pause a recipient wait for it.
	signOffLimit = 3 * time.Second
	// aliveAtOnce bounds how many recipients are told at one time that we are there.
	aliveAtOnce = 16
)

// KeepAlive tells each active recipient that wants to hear from us even when nothing
// happens that we are there, and says how many took it. Platforms of GA/T 1400 give a
// lower one up after some 90 s of silence; one that has forgotten us is registered with
// again. One that does not answer costs the others nothing.
func (s *Recipients) KeepAlive(ctx context.Context) (int, error) {
	ids, err := s.Store.View(ctx).RecipientsToKeepAlive()
	if err != nil {
		return 0, err
	}
	var (
		told  atomic.Int64
		all   sync.WaitGroup
		slots = make(chan struct{}, aliveAtOnce)
	)
	for _, id := range ids {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if s.keepAlive(ctx, id) {
				told.Add(1)
			}
		})
	}
	all.Wait()
	return int(told.Load()), nil
}

func (s *Recipients) keepAlive(ctx context.Context, id string) bool {
	to, err := s.Store.View(ctx).RecipientForSending(id)
	if err != nil || to.State != model.StateActive {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	o := s.courier.KeepAlive(ctx, to)
	if o.Class != OutcomeDelivered {
		s.Log.Info("recipient not told that we are there", "recipient", id, "detail", o.Detail)
	}
	return o.Class == OutcomeDelivered
}
