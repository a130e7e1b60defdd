package service

import (
	"encoding/hex"
	"encoding/json"
	"slices"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// groupFor gives the number of the access group that opens just this, making it
// when the community has none: passes that open the same share one group. Gates
// and floors are in any order. Errors: storage_full when all numbers are taken.
func (d *Deps) groupFor(tx *store.Tx, communityID string, g admission.Group) (uint16, error) {
	g.Gates, g.Floors = sortedSet(g.Gates), sortedSet(g.Floors)
	body, err := json.Marshal(g)
	if err != nil {
		return 0, err
	}
	digest := hex.EncodeToString(gm.SM3(body))
	number, err := tx.GroupByDigest(communityID, digest)
	if err == nil || !model.IsNotFound(err) {
		return number, err
	}
	number, err = tx.CreateNumberedGroup(model.AccessGroup{CommunityID: communityID, Name: "", Body: string(body),
		CreatedAt: d.now(), Digest: &digest})
	if err != nil {
		return 0, err
	}
	return number, tx.Changed(model.ChangeCommunity, communityID, communityID)
}

// sortedSet is the texts in order, each once.
func sortedSet(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}
