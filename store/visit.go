package store

import (
	"strconv"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

const (
	fieldVisitPurpose = "visits.purpose"
	fieldVisitPlate   = "visits.plate"
)

// visitRow is a visit at rest; what the visitor said is sealed under the key of the
// visitor's person.
type visitRow struct {
	model.Visit `gorm:"embedded"`
	PurposeCt   []byte
	PlateCt     []byte
	PlateIx     []byte
}

func (visitRow) TableName() string { return "visits" }

// CreateVisit stores a visit whose visitor is stored already.
func (t *Tx) CreateVisit(v model.Visit) error {
	key, err := t.dataKey(v.VisitorID)
	if err != nil {
		return err
	}
	s := &sealed{tx: t, key: key}
	row := visitRow{Visit: v, PurposeCt: s.ct(fieldVisitPurpose, v.Purpose), PlateCt: s.ct(fieldVisitPlate, v.Plate)}
	if s.err != nil {
		return s.err
	}
	if row.PlateIx, err = t.visitPlateIndex(v.Plate); err != nil {
		return err
	}
	return translate(t.db.Create(&row).Error)
}

// LockVisit makes other transactions that lock the same visit wait, when it is the
// first statement of each: what they then read is what this one has written.
func (t *Tx) LockVisit(communityID, id string) error {
	ok, err := changed(t.db.Model(&visitRow{}).Where("community_id = ? AND id = ?", communityID, id).Update("turn", gorm.Expr("turn + 1")))
	if err == nil && !ok {
		return model.NotFound()
	}
	return err
}

// MoveVisit takes a visit from one of some states to another, once, with whatever
// else changes, and says whether it did.
func (t *Tx) MoveVisit(communityID, id string, from []model.VisitState, to model.VisitState, more map[string]any) (bool, error) {
	set := map[string]any{"state": to}
	for column, value := range more {
		set[column] = value
	}
	return changed(t.db.Model(&visitRow{}).Where("community_id = ? AND id = ? AND state IN ?", communityID, id, from).Updates(set))
}

// SetVisit changes columns of a visit that the transaction has locked.
func (t *Tx) SetVisit(communityID, id string, set map[string]any) error {
	return translate(t.db.Model(&visitRow{}).Where("community_id = ? AND id = ?", communityID, id).Updates(set).Error)
}

// SetVisitPlate replaces the plate.
func (t *Tx) SetVisitPlate(v model.Visit) error {
	key, err := t.dataKey(v.VisitorID)
	if err != nil {
		return err
	}
	s := &sealed{tx: t, key: key}
	ct := s.ct(fieldVisitPlate, v.Plate)
	if s.err != nil {
		return s.err
	}
	ix, err := t.visitPlateIndex(v.Plate)
	if err != nil {
		return err
	}
	return t.SetVisit(v.CommunityID, v.ID, map[string]any{"plate_ct": ct, "plate_ix": ix})
}

// visitPlateIndex is the blind index of what a visitor gave as a plate, as a camera
// would read it; nil for none.
func (t *Tx) visitPlateIndex(told string) ([]byte, error) {
	plate := model.SeenPlate(told)
	if plate == "" {
		return nil, nil
	}
	return t.index(indexPlate, plate)
}

// ClaimInvite exchanges an invitation for a visitor's token, once, and says whether
// this was the once.
func (t *Tx) ClaimInvite(communityID, id, inviteHash, tokenHash string) (bool, error) {
	return changed(t.db.Model(&visitRow{}).Where("community_id = ? AND id = ? AND invite_hash = ? AND token_hash IS NULL", communityID, id, inviteHash).
		Update("token_hash", tokenHash))
}

// Visit reads a visit by its id, in whichever community: ids are unique over all,
// and the service says who may see it.
func (t *Tx) Visit(id string) (model.Visit, error) { return t.oneVisit("id = ?", id) }

// VisitByToken finds the visit of a visitor's token.
func (t *Tx) VisitByToken(hash string) (model.Visit, error) {
	return t.oneVisit("token_hash = ?", hash)
}

// VisitByInvite finds the visit of an invitation.
func (t *Tx) VisitByInvite(hash string) (model.Visit, error) {
	return t.oneVisit("invite_hash = ?", hash)
}

func (t *Tx) oneVisit(where string, value string) (model.Visit, error) {
	var row visitRow
	if err := t.db.Where(where, value).Take(&row).Error; err != nil {
		return model.Visit{}, translate(err)
	}
	found, err := t.openVisits([]visitRow{row})
	if err != nil {
		return model.Visit{}, err
	}
	return found[0], nil
}

// openVisits opens what is sealed; of a visitor who is gone it is empty.
func (t *Tx) openVisits(rows []visitRow) ([]model.Visit, error) {
	var who []string
	for _, r := range rows {
		if len(r.PurposeCt)+len(r.PlateCt) > 0 {
			who = append(who, r.VisitorID)
		}
	}
	keys := map[string]*gm.DataKey{}
	if len(who) > 0 {
		var err error
		if keys, err = t.dataKeys(who); err != nil {
			return nil, err
		}
	}
	out := make([]model.Visit, len(rows))
	for i, r := range rows {
		out[i] = r.Visit
		key, ok := keys[r.VisitorID]
		if !ok {
			continue
		}
		o := &opened{key: key}
		out[i].Purpose, out[i].Plate = o.text(fieldVisitPurpose, r.PurposeCt), o.text(fieldVisitPlate, r.PlateCt)
		if o.err != nil {
			return nil, o.err
		}
	}
	return out, nil
}

// SetVisitPass takes the pass of a visit from one of some states to another, or
// changes what it opens and until when, and tells the feed.
func (t *Tx) SetVisitPass(v model.Visit, from []string, set map[string]any) error {
	var passes []model.Pass
	err := t.db.Where("community_id = ? AND visit_id = ? AND state IN ?", v.CommunityID, v.ID, from).Find(&passes).Error
	if err != nil {
		return translate(err)
	}
	for _, p := range passes {
		if err := t.db.Model(&model.Pass{}).Where("id = ? AND state IN ?", p.ID, from).Updates(set).Error; err != nil {
			return translate(err)
		}
		if err := t.Changed(model.ChangePass, v.CommunityID, strconv.FormatUint(p.Number, 10)); err != nil {
			return err
		}
	}
	return nil
}

// PassOfVisit reads the pass that was made for a visit.
func (t *Tx) PassOfVisit(communityID, visitID string) (model.Pass, error) {
	var p model.Pass
	err := t.db.Where("community_id = ? AND visit_id = ?", communityID, visitID).Take(&p).Error
	return p, translate(err)
}
