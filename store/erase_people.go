package store

import "communitypass.cn/communitypass/model"

// eraseVisits takes back what the person invited or let in and is not over, and
// takes the home out of what recipients were told of it.
func (t *Tx) eraseVisits(personID string, _ *Erased) error {
	around, err := t.around(personID)
	if err != nil {
		return err
	}
	const hosted = "household_id IN @homes AND (host_id = @person OR author_id = @person OR decided_by = @person)"
	var rows []visitRow
	if err := t.db.Where(hosted, around).Find(&rows).Error; err != nil {
		return translate(err)
	}
	for i := range rows {
		if v := &rows[i].Visit; !v.State.Over() && (v.HostID == personID || v.AuthorID == personID) {
			if err := t.cancelVisit(v); err != nil {
				return err
			}
		}
	}
	// A visitor signs in with the visit; what was answered to it may say the name.
	if err := t.db.Exec("DELETE FROM idempotency_keys WHERE caller IN @visits", around).Error; err != nil {
		return translate(err)
	}
	return t.hush("subject IN (?)", t.db.Table("visits").Select("id").Where(hosted, around))
}

// cancelVisit ends a visit in silence.
func (t *Tx) cancelVisit(v *model.Visit) error {
	moved, err := t.MoveVisit(v.CommunityID, v.ID, []model.VisitState{v.State}, model.VisitCancelled,
		map[string]any{"reason": model.VisitHostMoved, "ends_at": min(t.now(), v.EndsAt)})
	if err != nil || !moved {
		return err
	}
	if err := t.CloseApprovals(v.CommunityID, v.ID, model.ApprovalCancelled); err != nil {
		return err
	}
	return t.SetVisitPass(*v, []string{model.PassPending, model.PassActive},
		map[string]any{"state": model.PassWithdrawn, "reason": "visit_" + string(model.VisitCancelled), "withdrawn_at": t.now()})
}

// eraseHealth drops what was set against the person alone, with the appeals, and
// empties the person's words against what others stay under: that appeal goes on,
// since they may be freed by it. Reports, readings and standings are ties.
func (t *Tx) eraseHealth(personID string, _ *Erased) error {
	if err := t.hush("subject IN (?)", t.db.Table("health_reports").Select("root_id").Where("person_id = ?", personID)); err != nil {
		return err
	}
	passes := t.db.Table("passes").Select("id").Where("person_id = ?", personID)
	var found []model.Restriction
	err := t.db.Model(&restrictionRow{}).Where("subject_id = ? OR subject_id IN (?)", personID, passes).Find(&found).Error
	if err != nil {
		return translate(err)
	}
	for i := range found {
		if err := t.dropRestriction(&found[i]); err != nil {
			return err
		}
	}
	return t.emptyAppeals(personID)
}

func (t *Tx) dropRestriction(r *model.Restriction) error {
	if err := t.CloseApprovals(r.CommunityID, r.ID, model.ApprovalCancelled); err != nil {
		return err
	}
	if err := t.db.Exec("DELETE FROM appeals WHERE restriction_id = ?", r.ID).Error; err != nil {
		return translate(err)
	}
	if err := t.db.Exec("DELETE FROM restrictions WHERE id = ?", r.ID).Error; err != nil {
		return translate(err)
	}
	if r.EmergencyID != "" {
		return nil // that key is of all
	}
	return t.dropDataKeys([]string{r.ID})
}

func (t *Tx) emptyAppeals(personID string) error {
	var rows []appealRow
	if err := t.db.Where("person_id = ?", personID).Find(&rows).Error; err != nil {
		return translate(err)
	}
	for i := range rows {
		key, err := t.dataKey(appealKey(&rows[i].Appeal))
		if model.IsNotFound(err) {
			continue // its emergency is over
		}
		if err != nil {
			return err
		}
		empty, err := key.Seal(fieldAppeal, "{}")
		if err != nil {
			return err
		}
		if err := t.db.Model(&appealRow{}).Where("id = ?", rows[i].ID).Update("text_ct", empty).Error; err != nil {
			return translate(err)
		}
	}
	return nil
}

// eraseCursors takes the person out of how far notices have got. Where one is on its
// way it goes on from the millisecond in which the person was made.
func (t *Tx) eraseCursors(personID string, _ *Erased) error {
	return translate(t.db.Exec("UPDATE notices SET told_after = CASE WHEN told = ? THEN '' ELSE ? END WHERE told_after = ?",
		true, model.IDFloor(model.IDTime(personID)), personID).Error)
}
