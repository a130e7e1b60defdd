package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
)

// AccessTokenLife is how long an access token runs.
const AccessTokenLife = 15 * time.Minute

// SessionEnded makes the session's access tokens dead on this replica at once;
// the feed carries it to the others.
func (d *Directory) SessionEnded(id string, now int64) {
	d.ended.add(id, now+AccessTokenLife.Milliseconds())
}

// loadEnded remembers the sessions that ended while their tokens may still run.
func (d *Directory) loadEnded(ctx context.Context) error {
	ended, err := d.store.View(ctx).SessionsEnded(AccessTokenLife.Milliseconds())
	if err != nil {
		return err
	}
	for _, s := range ended {
		d.ended.add(s.ID, s.EndedAt+AccessTokenLife.Milliseconds())
	}
	return nil
}

// forgetPass drops a pass from memory after a change on this replica.
func (d *Directory) forgetPass(p model.Pass) { d.passes.forget(p.Number) }
