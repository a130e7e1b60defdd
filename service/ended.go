package service

import (
	"context"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

// AccessTokenLife is how long an access token runs.
const AccessTokenLife = 15 * time.Minute

// endedMemory is how long an ended session is remembered: as long as its access
// tokens run, and a minute for replicas whose clocks differ.
const endedMemory = AccessTokenLife + time.Minute

// SessionEnded makes the session's access tokens dead on this replica at once;
// the feed carries it to the others.
func (d *Directory) SessionEnded(id string, now int64) {
	d.ended.add(id, now+endedMemory.Milliseconds())
}

// SessionAlive reports that no end of the session is known here. It knows nothing
// of sessions whose access tokens have run out.
func (d *Directory) SessionAlive(id string) bool { return !d.ended.has(id) }

// loadEnded remembers the sessions that ended while their tokens may still run.
func (d *Directory) loadEnded(ctx context.Context) error {
	ended, err := d.store.View(ctx).SessionsEnded(endedMemory.Milliseconds())
	if err != nil {
		return err
	}
	for _, s := range ended {
		d.ended.add(s.ID, s.EndedAt+endedMemory.Milliseconds())
	}
	return nil
}

// forgetPass drops a pass from memory after a change on this replica.
func (d *Directory) forgetPass(p model.Pass) { d.passes.forget(p.Number) }

// GrantsChanged makes tokens with an older count of the account's changes of roles
// dead on this replica; the feed carries it to the others.
func (d *Directory) GrantsChanged(accountID string, version int64) {
	for {
		known, there := d.rights.LoadOrStore(accountID, version)
		if !there || known.(int64) >= version || d.rights.CompareAndSwap(accountID, known, version) {
			return
		}
	}
}

// GrantsCurrent reports that no change of the account's roles after the count given
// is known here.
func (d *Directory) GrantsCurrent(accountID string, version int64) bool {
	known, there := d.rights.Load(accountID)
	return !there || known.(int64) <= version
}

func (d *Directory) loadRights(ctx context.Context) error {
	versions, err := d.store.View(ctx).GrantVersions()
	for id, version := range versions {
		d.GrantsChanged(id, version)
	}
	return err
}

// heardGrants takes in a line of the feed: account id, a colon, the count.
func (d *Directory) heardGrants(ref string) {
	id, count, _ := strings.Cut(ref, ":")
	if version, err := strconv.ParseInt(count, 10, 64); err == nil {
		d.GrantsChanged(id, version)
	}
}
