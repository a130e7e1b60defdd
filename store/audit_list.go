package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// AuditFilter says which acts; what is empty does not matter.
type AuditFilter struct {
	// Everywhere takes acts of no community as well; else Communities bounds them.
	Everywhere  bool
	Communities []string
	ActorID     string
	Action      string
	// From is the first instant and To the first one after, Unix milliseconds; 0 for
	// no bound.
	From, To int64
}

// idSlack is how far the time in an id may be from the time of the act, which is
// read a moment later.
const idSlack = 60_000

// AuditPage lists at most limit acts: newest first before an id, or with oldest,
// oldest first after it.
func (t *Tx) AuditPage(f AuditFilter, cursor string, oldest bool, limit int) ([]model.AuditEntry, error) {
	byID := keyset[model.AuditEntry]{column: "id", of: func(e *model.AuditEntry) string { return e.ID }, limit: limit, oldest: oldest}
	walk := func(from *gorm.DB) *gorm.DB { return f.narrow(from, cursor, oldest) }
	if f.ActorID == "" && f.Action == "" && !f.Everywhere {
		return merged(t, byID, f.Communities, func(community string) *gorm.DB {
			return walk(t.along(tableAudit, "audit_log_community").Where("community_id = ?", community))
		})
	}
	q := t.db.Table(tableAudit)
	switch { // an actor does less than there is of an action
	case f.ActorID != "":
		q = t.along(tableAudit, "audit_log_actor").Where("actor_id = ?", f.ActorID)
	case f.Action != "":
		q = t.along(tableAudit, "audit_log_action")
	}
	if f.Action != "" {
		q = q.Where("action = ?", f.Action)
	}
	if !f.Everywhere {
		q = q.Where("community_id IN ?", f.Communities)
	}
	var out []model.AuditEntry
	err := byID.cut(walk(q), nil).Find(&out).Error
	return out, translate(err)
}

// narrow bounds acts by their time and by the cursor.
func (f AuditFilter) narrow(q *gorm.DB, cursor string, oldest bool) *gorm.DB {
	if f.From != 0 {
		q = q.Where("id >= ? AND at >= ?", model.IDFloor(f.From-idSlack), f.From)
	}
	if f.To != 0 {
		q = q.Where("id < ? AND at < ?", model.IDFloor(f.To+idSlack), f.To)
	}
	if oldest {
		return q.Where("id > ?", cursor)
	}
	return below(q, "id", cursor)
}

// AuditEntry reads one act.
func (t *Tx) AuditEntry(id string) (model.AuditEntry, error) {
	var e model.AuditEntry
	err := t.db.Table(tableAudit).Where("id = ?", id).Take(&e).Error
	return e, translate(err)
}

// LinksOfTime are the numbers of the first and last link made within a range of
// instants (Unix milliseconds, the last not in it); 0 and 0 when there are none.
func (t *Tx) LinksOfTime(from, to int64) (first, last int64, err error) {
	var found struct{ First, Last int64 }
	err = t.db.Table(tableChain).Where("at >= ? AND at < ?", from, to).
		Select("COALESCE(MIN(seq), 0) AS first, COALESCE(MAX(seq), 0) AS last").Scan(&found).Error
	return found.First, found.Last, translate(err)
}
