package store

import (
	"crypto/hmac"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// metaGrantsSealed says that the roles given before there were seals have theirs.
const metaGrantsSealed = "grants_sealed"

// grantSeal is the HMAC-SM3 over all that a role given says, each field ended by a
// zero byte: whoever can write the table and lacks the key cannot give a role.
func grantSeal(ring *gm.Ring, g *model.StaffGrant) []byte {
	return ring.Index("staff_grants.mac", strings.Join([]string{g.StaffID, string(g.Role), string(g.ScopeKind), g.ScopeID,
		g.GrantedBy, strconv.FormatInt(g.GrantedAt, 10)}, "\x00"))
}

func genuine(ring *gm.Ring, g *model.StaffGrant) bool { return hmac.Equal(g.MAC, grantSeal(ring, g)) }

// AdoptGrants seals the roles that were given before there were seals, once in the
// life of a database, and says how many. It does nothing when any role is sealed
// already, so that forgetting the mark does not let in what was slipped in.
func (t *Tx) AdoptGrants() (int, error) {
	if _, err := t.Meta(metaGrantsSealed); err == nil || !model.IsNotFound(err) {
		return 0, err
	}
	var all []model.StaffGrant
	if err := t.db.Find(&all).Error; err != nil {
		return 0, translate(err)
	}
	ring, err := t.store.Ring()
	if err != nil {
		return 0, err
	}
	for _, g := range all {
		if len(g.MAC) > 0 {
			return 0, t.SetMeta(metaGrantsSealed, "earlier")
		}
	}
	for i := range all {
		g := &all[i]
		err := t.db.Model(&model.StaffGrant{}).Where("staff_id = ? AND role = ? AND scope_kind = ? AND scope_id = ?",
			g.StaffID, g.Role, g.ScopeKind, g.ScopeID).Update("mac", grantSeal(ring, g)).Error
		if err != nil {
			return 0, translate(err)
		}
	}
	return len(all), t.SetMeta(metaGrantsSealed, strconv.FormatInt(t.now(), 10))
}

// FalseGrants lists roles whose seal is missing or wrong, at most limit.
func (t *Tx) FalseGrants(limit int) ([]model.StaffGrant, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	var all, out []model.StaffGrant
	if err := t.db.Order("staff_id, role, scope_kind, scope_id").Find(&all).Error; err != nil {
		return nil, translate(err)
	}
	for i := range all {
		if !genuine(ring, &all[i]) && len(out) < limit {
			out = append(out, all[i])
		}
	}
	return out, nil
}
