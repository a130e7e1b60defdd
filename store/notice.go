package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

type audienceRow struct{ NoticeID, Value string }

func (audienceRow) TableName() string { return "notice_audiences" }

// CreateNotice stores a notice with its audience.
func (t *Tx) CreateNotice(n model.Notice) error {
	if err := t.db.Create(&n).Error; err != nil {
		return translate(err)
	}
	if len(n.Values) == 0 {
		return nil
	}
	rows := make([]audienceRow, len(n.Values))
	for i, v := range n.Values {
		rows[i] = audienceRow{n.ID, v}
	}
	return translate(t.db.Create(&rows).Error)
}

// Notice reads one notice of a community.
func (t *Tx) Notice(communityID, id string) (model.Notice, error) {
	var found []model.Notice
	if err := t.db.Where("community_id = ? AND id = ?", communityID, id).Limit(1).Find(&found).Error; err != nil {
		return model.Notice{}, translate(err)
	}
	if len(found) == 0 {
		return model.Notice{}, model.NotFound()
	}
	err := t.audiences(found)
	return found[0], err
}

// Notices lists a community's notices, newest first, with an id below before.
func (t *Tx) Notices(communityID, before string, limit int) ([]model.Notice, error) {
	q := t.along("notices", "notices_community").Where("community_id = ?", communityID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.Notice
	if err := q.Order("id DESC").Limit(limit).Find(&out).Error; err != nil {
		return nil, translate(err)
	}
	return out, t.audiences(out)
}

func (t *Tx) audiences(notices []model.Notice) error {
	if len(notices) == 0 {
		return nil
	}
	at := make(map[string]int, len(notices))
	ids := make([]string, len(notices))
	for i, n := range notices {
		at[n.ID], ids[i] = i, n.ID
	}
	var rows []audienceRow
	if err := t.db.Where("notice_id IN ?", ids).Order("notice_id, value").Find(&rows).Error; err != nil {
		return translate(err)
	}
	for _, r := range rows {
		n := &notices[at[r.NoticeID]]
		n.Values = append(n.Values, r.Value)
	}
	return nil
}

// WithdrawNotice takes an active notice back, and says whether it did.
func (t *Tx) WithdrawNotice(communityID, id string) (bool, error) {
	return changed(t.db.Model(&model.Notice{}).Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.NoticeActive).
		Updates(map[string]any{"state": model.NoticeWithdrawn, "withdrawn_at": t.now()}))
}

// Home is one tie of a person to a community, as audiences are matched with it.
type Home struct{ CommunityID, Building, Relation string }

// HomesOf lists the homes in which a person's residency is active.
func (t *Tx) HomesOf(personID string, limit int) ([]Home, error) {
	var out []Home
	err := t.db.Table("residencies AS r").Select("r.community_id, h.building, r.relation").
		Joins("JOIN households AS h ON h.id = r.household_id").
		Where("r.person_id = ? AND r.status = ? AND (r.lease_until = 0 OR r.lease_until > ?)", personID, model.ResidencyActive, t.now()).Order("r.id DESC").Limit(limit).Scan(&out).Error
	return out, translate(err)
}

// homesIn are the buildings and relations by which somebody belongs to a community.
type homesIn struct {
	communityID string
	values      []string
}

func byCommunity(homes []Home) []homesIn {
	var out []homesIn
	at := map[string]int{}
	for _, h := range homes {
		i, ok := at[h.CommunityID]
		if !ok {
			i = len(out)
			at[h.CommunityID], out = i, append(out, homesIn{communityID: h.CommunityID})
		}
		out[i].values = append(out[i].values, h.Building, h.Relation)
	}
	return out
}

// visible narrows to the notices of a community that somebody may see now.
func (t *Tx) visible(q *gorm.DB, h homesIn) *gorm.DB {
	return q.Where("community_id = ? AND (audience = ? OR EXISTS (SELECT 1 FROM notice_audiences AS a WHERE a.notice_id = notices.id AND a.value IN ?))",
		h.communityID, model.AudienceAll, h.values).
		Where("state = ? AND publish_at <= ? AND expires_at > ?", model.NoticeActive, t.now(), t.now())
}

// NoticesFor lists the notices for somebody's homes, newest first, with an id
// below before; only pinned or unpinned ones when that is given.
func (t *Tx) NoticesFor(homes []Home, pinned *bool, before string, limit int) ([]model.Notice, error) {
	byID := keyset[model.Notice]{column: "id", of: func(n *model.Notice) string { return n.ID }, limit: limit}
	return merged(t, byID, byCommunity(homes), func(h homesIn) *gorm.DB {
		q := t.visible(t.along("notices", "notices_community"), h)
		if pinned != nil {
			q = q.Where("pinned = ?", *pinned)
		}
		return below(q, "id", before)
	})
}

// SeesNotice says whether a notice is for somebody with these homes, now.
func (t *Tx) SeesNotice(homes []Home, id string) (bool, error) {
	for _, h := range byCommunity(homes) {
		var n int64
		err := t.visible(t.db.Model(&model.Notice{}), h).Where("id = ?", id).Count(&n).Error
		if err != nil || n > 0 {
			return n > 0, translate(err)
		}
	}
	return false, nil
}

// ReadNotice notes that a person has read a notice; the first time counts.
func (t *Tx) ReadNotice(noticeID, personID string) error {
	err := translate(t.db.Exec("INSERT INTO notice_reads (notice_id, person_id, read_at) VALUES (?, ?, ?)", noticeID, personID, t.now()).Error)
	if model.CodeOf(err) == model.CodeConflict {
		return nil
	}
	return err
}

// NoticesRead says when a person read which of some notices.
func (t *Tx) NoticesRead(personID string, ids []string) (map[string]int64, error) {
	var found []struct {
		NoticeID string
		ReadAt   int64
	}
	out := map[string]int64{}
	if len(ids) == 0 {
		return out, nil
	}
	err := t.db.Table("notice_reads").Where("person_id = ? AND notice_id IN ?", personID, ids).Scan(&found).Error
	for _, f := range found {
		out[f.NoticeID] = f.ReadAt
	}
	return out, translate(err)
}

// CountReads counts who read each of some notices.
func (t *Tx) CountReads(ids []string) (map[string]int, error) {
	var found []struct {
		NoticeID string
		N        int
	}
	out := map[string]int{}
	if len(ids) == 0 {
		return out, nil
	}
	err := t.db.Table("notice_reads").Select("notice_id, COUNT(*) AS n").Where("notice_id IN ?", ids).Group("notice_id").Scan(&found).Error
	for _, f := range found {
		out[f.NoticeID] = f.N
	}
	return out, translate(err)
}

// UntoldNotices lists urgent notices, out by now, whose messages are not all
// written, oldest first.
func (t *Tx) UntoldNotices(limit int) ([]model.Notice, error) {
	var out []model.Notice
	err := t.db.Where("told = ? AND publish_at <= ? AND urgent = ? AND state = ? AND expires_at > ?", false, t.now(), true, model.NoticeActive, t.now()).
		Order("publish_at, id").Limit(limit).Find(&out).Error
	if err != nil {
		return nil, translate(err)
	}
	return out, t.audiences(out)
}

// AudienceOf lists the persons of a notice's audience by id, behind after.
func (t *Tx) AudienceOf(n model.Notice, after string, limit int) ([]string, error) {
	q := t.alongAs("residencies", "r", "residencies_people").Where("r.community_id = ? AND r.status = ? AND r.person_id > ?", n.CommunityID, model.ResidencyActive, after).
		Where("r.lease_until = 0 OR r.lease_until > ?", t.now())
	switch n.Audience {
	case model.AudienceBuilding:
		q = q.Joins("JOIN households AS h ON h.id = r.household_id").Where("h.building IN ?", n.Values)
	case model.AudienceRelation:
		q = q.Where("r.relation IN ?", n.Values)
	}
	var out []string
	err := q.Distinct("r.person_id").Order("r.person_id").Limit(limit).Pluck("r.person_id", &out).Error
	return out, translate(err)
}

// AdvanceNotice moves the mark of who has the message of an urgent notice, once,
// and says whether it did.
func (t *Tx) AdvanceNotice(n model.Notice, after string, told bool) (bool, error) {
	return changed(t.db.Model(&model.Notice{}).
		Where("community_id = ? AND id = ? AND told = ? AND told_after = ? AND state = ?", n.CommunityID, n.ID, false, n.ToldAfter, model.NoticeActive).
		Updates(map[string]any{"told_after": after, "told": told}))
}

// PurgeNotices drops at most limit notices that expired before an instant (Unix
// milliseconds), with their audiences and receipts, and says how many.
func (t *Tx) PurgeNotices(before int64, limit int) (int64, error) {
	var ids []string
	err := t.db.Model(&model.Notice{}).Where("expires_at < ?", before).Order("expires_at").Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, translate(err)
	}
	for _, table := range []string{"notice_reads", "notice_audiences"} {
		if err := t.db.Exec("DELETE FROM "+table+" WHERE notice_id IN ?", ids).Error; err != nil {
			return 0, translate(err)
		}
	}
	r := t.db.Where("id IN ?", ids).Delete(&model.Notice{})
	return r.RowsAffected, translate(r.Error)
}
