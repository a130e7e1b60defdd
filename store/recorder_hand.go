package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

// claimSpoken spends the spoken codes of admissions, in one order for all replicas.
// One that somebody else has spent, or that has run out meanwhile, admits nobody.
func (w *batchWrite) claimSpoken([]*ticket) error {
	w.lost = nil
	for _, t := range spokenInOrder(w.fresh) {
		r, err := w.tx.ExecContext(w.ctx, "UPDATE spoken_codes SET live = NULL, used_at = ? WHERE id = ? AND live = 1 AND expires_at > ?",
			model.Millis(w.now), t.SpokenID, model.Millis(w.now))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		if w.lost == nil {
			w.lost = map[*ticket]bool{}
		}
		w.lost[t] = true
		t.Lost(&t.result.Passage)
	}
	return nil
}

// giveBackSpoken makes a spoken code good again whose admission lost its use or its
// quota: it has opened no door. Nobody else can have taken its place meanwhile,
// since this transaction holds its row.
func (w *batchWrite) giveBackSpoken(t *ticket) error {
	if t.SpokenID == "" {
		return nil
	}
	_, err := w.tx.ExecContext(w.ctx, "UPDATE spoken_codes SET live = 1, used_at = 0 WHERE id = ?", t.SpokenID)
	return err
}

// writeHands keeps what guards said beside their passages, and what they did in the
// log.
func (w *batchWrite) writeHands([]*ticket) error {
	hands := newRows("manual_passages", "passage_id", "community_id", "reason", "overridden", "note_ct")
	acts := newRows(tableAudit, "id", "at", "community_id", "actor_kind", "actor_id", "action", "target_kind", "target_id", "detail", "sealed")
	for _, t := range w.fresh {
		if t.Audit == nil {
			continue
		}
		p := &t.result.Passage
		action, detail := "passage.scan", map[string]string{"gate_id": p.GateID, "direction": p.Direction, "reason": p.Reason}
		if p.Way == model.WaySpoken {
			action = "passage.spoken"
		}
		if t.Hand != nil {
			note, err := w.sealNote(p.ID, t.Hand.Note)
			if err != nil {
				return err
			}
			hands.add(p.ID, p.CommunityID, t.Hand.Reason, t.Hand.Overridden, note)
			action, detail["reason"] = "passage.manual", t.Hand.Reason
			if t.Hand.Overridden != "" {
				detail["overridden"] = t.Hand.Overridden
			}
		}
		text, err := json.Marshal(detail)
		if err != nil {
			return err
		}
		acts.add(model.NewID(w.now), model.Millis(w.now), p.CommunityID, string(t.Audit.Kind), t.Audit.AccountID,
			action, "passage", p.ID, string(text), 0)
	}
	if err := hands.insert(w); err != nil {
		return err
	}
	return acts.insert(w)
}

// sealNote seals a guard's words, or gives NULL for none.
func (w *batchWrite) sealNote(passageID, note string) (any, error) {
	if note == "" {
		return nil, nil
	}
	ring, err := w.store.Ring()
	if err != nil {
		return nil, err
	}
	return ring.Seal(noteContext(passageID), []byte(note))
}

func noteContext(passageID string) string { return "manual_passages.note:" + passageID }
