package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

const tableAudit = "audit_log"

// Audit writes an act into the append-only log, inside the transaction of the
// act itself. Detail holds ids and states, never personal data.
func (t *Tx) Audit(actor *model.Caller, communityID, action, targetKind, targetID string, detail map[string]string) error {
	e := model.AuditEntry{ID: model.NewID(t.store.clock.Now()), At: t.now(), CommunityID: communityID,
		Action: action, TargetKind: targetKind, TargetID: targetID, Detail: "{}"}
	e.ActorKind, e.ActorID = string(model.CallerAnyone), ""
	if actor != nil {
		e.ActorKind, e.ActorID = string(actor.Kind), actor.AccountID
	}
	if e.ActorKind == "" {
		e.ActorKind = "anyone"
	}
	if len(detail) > 0 {
		b, err := json.Marshal(detail)
		if err != nil {
			return err
		}
		e.Detail = string(b)
	}
	return translate(t.db.Table(tableAudit).Create(&e).Error)
}

// AuditEntries lists acts, newest first, with an id below before (all when
// empty); community "" lists those of every community.
func (t *Tx) AuditEntries(communityID, before string, limit int) ([]model.AuditEntry, error) {
	f := AuditFilter{Everywhere: communityID == "", Communities: []string{communityID}}
	return t.AuditPage(f, before, false, limit)
}
