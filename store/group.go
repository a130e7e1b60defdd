package store

import (
	"communitypass.cn/communitypass/model"
)

// groupTries bounds how often a new group looks for a free number.
const groupTries = 8

// GroupByDigest finds the number of the community's access group with a digest.
func (t *Tx) GroupByDigest(communityID, digest string) (uint16, error) {
	var g model.AccessGroup
	err := t.db.Where("community_id = ? AND digest = ?", communityID, digest).Take(&g).Error
	return g.Number, translate(err)
}

// CreateNumberedGroup stores an access group under the next free number and gives
// that. Of two that store the same digest at once the second finds the first's.
func (t *Tx) CreateNumberedGroup(g model.AccessGroup) (uint16, error) {
	var err error
	for range groupTries {
		var last uint16
		if err := t.db.Model(&model.AccessGroup{}).Where("community_id = ?", g.CommunityID).
			Select("COALESCE(MAX(number), 0)").Scan(&last).Error; err != nil {
			return 0, translate(err)
		}
		if last == maxGroup {
			return 0, model.Fail(model.CodeStorageFull)
		}
		g.Number = last + 1
		if err = translate(t.db.Create(&g).Error); err == nil {
			return g.Number, nil
		}
		if model.CodeOf(err) != model.CodeConflict {
			return 0, err
		}
		if number, found := t.GroupByDigest(g.CommunityID, *g.Digest); found == nil {
			return number, nil
		}
	}
	return 0, err
}

// maxGroup is the largest number that fits the code's two bytes.
const maxGroup = 1<<16 - 1
