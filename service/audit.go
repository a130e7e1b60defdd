package service

import (
	"context"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const permAuditRead model.Permission = "audit.read"

// Audit is the log as auditors read it. Whoever reads it is written into it first.
type Audit struct {
	Deps
	refusals refusalLimit
}

// NewAudit makes the use cases of the audit log.
func NewAudit(d Deps) *Audit { return &Audit{Deps: d} }

// AuditQuery says which acts; what is empty does not matter. From is the first
// instant and To the first one after, Unix milliseconds.
type AuditQuery struct {
	CommunityID, ActorID, Action string
	From, To                     int64
}

// List shows acts, newest first: all to an auditor of the platform, those of the
// own communities to one of a street. A community out of reach is not_found.
func (a *Audit) List(ctx context.Context, caller *model.Caller, q AuditQuery, page Page) (List[model.AuditEntry], error) {
	filter, err := a.filter(caller, q)
	if err != nil {
		return List[model.AuditEntry]{}, err
	}
	var found []model.AuditEntry
	err = a.Store.Update(ctx, func(tx *store.Tx) error {
		if found, err = tx.AuditPage(filter, page.Cursor, false, page.Size()+1); err != nil {
			return err
		}
		return a.readBy(tx, caller, q.CommunityID, "list", "")
	})
	if err != nil {
		return List[model.AuditEntry]{}, err
	}
	return paged(found, page, func(e model.AuditEntry) string { return e.ID }), nil
}

// readBy writes down that the log was read, and how.
func (a *Audit) readBy(tx *store.Tx, caller *model.Caller, communityID, how, id string) error {
	return tx.Audit(caller, communityID, "audit.read", "audit", id, map[string]string{"how": how})
}

// filter narrows a question to what the caller may see.
func (a *Audit) filter(caller *model.Caller, q AuditQuery) (store.AuditFilter, error) {
	f := store.AuditFilter{ActorID: q.ActorID, Action: q.Action, From: q.From, To: q.To}
	if caller == nil || !caller.Holds(permAuditRead) {
		return f, model.Fail(model.CodeForbidden)
	}
	if q.CommunityID != "" {
		f.Communities = []string{q.CommunityID}
		return f, a.Directory.Reach(caller, permAuditRead, q.CommunityID)
	}
	reach := reachOf(caller.Grants, permAuditRead)
	if f.Everywhere = reach.Everywhere; !f.Everywhere {
		f.Communities = a.Directory.Reachable(caller, permAuditRead)
	}
	return f, nil
}

// mayRead answers not_found for an act that the caller may not see.
func (a *Audit) mayRead(caller *model.Caller, e model.AuditEntry) error {
	if reachOf(caller.Grants, permAuditRead).Everywhere {
		return nil
	}
	return a.Directory.Reach(caller, permAuditRead, e.CommunityID)
}

// Anchors lists the signed heads, newest first; the cursor is a day.
func (a *Audit) Anchors(ctx context.Context, caller *model.Caller, page Page) (List[model.Anchor], error) {
	if caller == nil || !caller.Holds(permAuditRead) {
		return List[model.Anchor]{}, model.Fail(model.CodeForbidden)
	}
	var found []model.Anchor
	err := a.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if found, err = tx.AnchorsBefore(page.Cursor, page.Size()+1); err != nil {
			return err
		}
		return a.readBy(tx, caller, "", "anchors", "")
	})
	if err != nil {
		return List[model.Anchor]{}, err
	}
	return paged(found, page, func(e model.Anchor) string { return e.Day }), nil
}

// Refused writes down that staff were refused for want of a permission; an account
// that is refused all the time is written down ten times a minute. A failure to
// write does not undo the refusal.
func (a *Audit) Refused(ctx context.Context, caller *model.Caller, operationID string) {
	if caller == nil || caller.Kind != model.CallerStaff || !a.refusals.take(caller.AccountID, a.now()) {
		return
	}
	err := a.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Audit(caller, "", "access.refuse", "operation", operationID, nil)
	})
	if err != nil {
		a.Log.Warn("a refusal was not written down", "code", model.CodeOf(err))
	}
}

const (
	refusalsEach   = 10
	refusalsWindow = time.Minute
	refusalsKept   = 10_000
)

// refusalLimit counts refusals of this replica, by account.
type refusalLimit struct {
	mu    sync.Mutex
	since int64
	count map[string]int
}

func (r *refusalLimit) take(account string, now int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == nil || now-r.since >= refusalsWindow.Milliseconds() || len(r.count) >= refusalsKept {
		r.since, r.count = now, map[string]int{}
	}
	r.count[account]++
	return r.count[account] <= refusalsEach
}
