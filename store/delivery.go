package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// Delivery reads one delivery, in whichever community: its path names none, so
// the caller checks the scope of what it gets.
func (t *Tx) Delivery(id string) (model.Delivery, error) {
	var d model.Delivery
	err := t.db.Table(tableOutbox).Where("id = ?", id).Take(&d).Error
	return d, translate(err)
}

// Deliveries lists a recipient's deliveries, newest first, at most limit with a
// sequence below before (all when 0), of one state unless that is empty.
func (t *Tx) Deliveries(recipientID, state string, before int64, limit int) ([]model.Delivery, error) {
	q := t.along(tableOutbox, "outbox_sequence").Where("recipient_id = ?", recipientID)
	if state != "" && state != model.DeliveryDelivered {
		// Few among those that were delivered, so they are found by their state.
		q = t.along(tableOutbox, "outbox_due").Where("recipient_id = ?", recipientID)
	}
	if state != "" {
		q = q.Where("state = ?", state)
	}
	if before > 0 {
		q = q.Where("sequence < ?", before)
	}
	var out []model.Delivery
	err := q.Omit("body").Order("sequence DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// Waiting is how much of a recipient's stream is not delivered.
type Waiting struct {
	RecipientID string
	// Waiting counts pending and leased deliveries, Dead those given up.
	Waiting, Dead int64
}

// CountWaiting counts for some recipients; one without any is absent.
func (t *Tx) CountWaiting(recipientIDs []string) (map[string]Waiting, error) {
	out := make(map[string]Waiting, len(recipientIDs))
	if len(recipientIDs) == 0 {
		return out, nil
	}
	var found []struct {
		RecipientID string
		State       string
		N           int64
	}
	err := t.db.Table(tableOutbox).Select("recipient_id, state, COUNT(*) AS n").
		Where("recipient_id IN ? AND state IN ?", recipientIDs, []string{model.DeliveryPending, model.DeliveryLeased, model.DeliveryDead}).
		Group("recipient_id, state").Scan(&found).Error
	for _, f := range found {
		w := out[f.RecipientID]
		if f.State == model.DeliveryDead {
			w.Dead += f.N
		} else {
			w.Waiting += f.N
		}
		out[f.RecipientID] = w
	}
	return out, translate(err)
}

// RetryDelivery queues a delivery again, now and with a fresh schedule, unless a
// worker holds it; it says whether it did.
func (t *Tx) RetryDelivery(communityID, id string) (bool, error) {
	return changed(t.db.Table(tableOutbox).Where("community_id = ? AND id = ? AND state <> ?", communityID, id, model.DeliveryLeased).
		Updates(map[string]any{"state": model.DeliveryPending, "attempts": 0, "next_at": t.now(), "delivered_at": 0}))
}

// ReplayDeliveries queues what was delivered or given up among sequences [from,
// to] again, with the same ids, and says how many. A replay may take several
// calls; last is the last sequence of all of them. Each row is due a millisecond
// after the one before it, counted back from now, so that they leave in order.
func (t *Tx) ReplayDeliveries(communityID, recipientID string, from, to, last int64) (int64, error) {
	r := t.db.Exec("UPDATE outbox SET state = ?, attempts = 0, next_at = ? + sequence, delivered_at = 0 WHERE recipient_id = ? AND sequence BETWEEN ? AND ? AND community_id = ? AND state IN ?",
		model.DeliveryPending, t.now()-last, recipientID, from, to, communityID, []string{model.DeliveryDelivered, model.DeliveryDead})
	return r.RowsAffected, translate(r.Error)
}

// Numbered is an event of a recipient's stream.
type Numbered struct {
	ID       string
	Sequence int64
}

// EventsOfTime lists a recipient's events that occurred in [from, until), in
// order of their sequence, after one.
func (t *Tx) EventsOfTime(recipientID string, from, until, after int64, limit int) ([]Numbered, error) {
	var out []Numbered
	// By their time: by their sequence all before the first would be gone through.
	err := t.along(tableOutbox, "outbox_occurred").Select("id, sequence").
		Where("recipient_id = ? AND sequence > ? AND occurred_at >= ? AND occurred_at < ?", recipientID, after, from, until).
		Order("sequence").Limit(limit).Scan(&out).Error
	return out, translate(err)
}

// AllRecipientIDs lists every recipient, disabled ones too.
func (t *Tx) AllRecipientIDs() ([]string, error) {
	var out []string
	err := t.db.Model(&recipientRow{}).Order("id").Pluck("id", &out).Error
	return out, translate(err)
}

// PurgeDelivered deletes at most limit of a recipient's deliveries that were
// delivered before an instant (Unix milliseconds), oldest first. One that was
// queued again meanwhile stays.
func (t *Tx) PurgeDelivered(recipientID string, before int64, limit int) (int64, error) {
	old := func() *gorm.DB {
		return t.db.Table(tableOutbox).Where("state = ? AND next_at < ?", model.DeliveryDelivered, before)
	}
	var ids []string
	err := old().Where("recipient_id = ?", recipientID).Order("next_at").Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, translate(err)
	}
	r := old().Where("id IN ?", ids).Delete(&model.Delivery{})
	return r.RowsAffected, translate(r.Error)
}
