package store

import (
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// spokenRow is a spoken code at rest: its keyed digest, and the column that keeps
// it alone of its kind while it can be redeemed: 1, and NULL afterwards.
type spokenRow struct {
	model.SpokenCode `gorm:"embedded"`
	CodeIx           []byte
	Live             *int
}

func (spokenRow) TableName() string { return "spoken_codes" }

// spokenIndex binds the digest to the place where the code is good, so that the same
// digits may be live elsewhere.
func (t *Tx) spokenIndex(communityID, perimeter, code string) ([]byte, error) {
	return t.index("spoken_code", communityID+"/"+perimeter+"/"+code)
}

// ReplaceSpokenCode stores the live code of a pass in place of the one before;
// conflict when the digits are live in the perimeter already, or when another one
// of the pass was stored at the same time.
func (t *Tx) ReplaceSpokenCode(s model.SpokenCode, code string) error {
	ix, err := t.spokenIndex(s.CommunityID, s.Perimeter, code)
	if err != nil {
		return err
	}
	for _, gone := range []*gorm.DB{
		t.db.Model(&spokenRow{}).Where("pass_id = ? AND live = 1", s.PassID),
		t.db.Model(&spokenRow{}).Where("code_ix = ? AND live = 1 AND expires_at <= ?", ix, t.now()),
	} {
		if err := gone.Update("live", nil).Error; err != nil {
			return translate(err)
		}
	}
	live := 1
	return translate(t.db.Create(&spokenRow{SpokenCode: s, CodeIx: ix, Live: &live}).Error)
}

// SpokenCode finds the newest code with these digits in a perimeter, whether or not
// it is still good.
func (t *Tx) SpokenCode(communityID, perimeter, code string) (model.SpokenCode, error) {
	ix, err := t.spokenIndex(communityID, perimeter, code)
	if err != nil {
		return model.SpokenCode{}, err
	}
	var s spokenRow
	err = t.db.Where("code_ix = ?", ix).Order("live DESC, id DESC").Take(&s).Error
	s.Replaced = s.Live == nil && s.UsedAt == 0
	return s.SpokenCode, translate(err)
}

// PassageOfScan finds what a device or a guard has recorded under a scan id.
func (t *Tx) PassageOfScan(recorderID, scanID string) (model.Passage, error) {
	var p model.Passage
	err := t.db.Where("id = (?)", t.db.Table("scan_ids").Select("passage_id").Where("device_id = ? AND scan_id = ?", recorderID, scanID)).
		Take(&p).Error
	return p, translate(err)
}

// spokenInOrder are the tickets that spend a spoken code, in the order of its id.
func spokenInOrder(tickets []*ticket) []*ticket {
	var out []*ticket
	for _, t := range tickets {
		if t.SpokenID != "" {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b *ticket) int { return strings.Compare(a.SpokenID, b.SpokenID) })
	return out
}
