package store

import (
	"communitypass.cn/communitypass/model"
)

// SetRuleVersion moves a community from one version of its rules to another, once,
// and says whether it did.
func (t *Tx) SetRuleVersion(communityID string, from, to int64) (bool, error) {
	return changed(t.db.Exec("UPDATE communities SET rule_version = ? WHERE id = ? AND rule_version = ?", to, communityID, from))
}

// LockRules keeps others from changing a community's rules until the transaction
// ends, and says whether there is such a community.
func (t *Tx) LockRules(communityID string) (bool, error) {
	return changed(t.db.Exec("UPDATE communities SET rule_version = rule_version WHERE id = ?", communityID))
}

// RulesInForce reads the rules that a community's gates go by.
func (t *Tx) RulesInForce(communityID string) (model.RuleSet, error) {
	var r model.RuleSet
	err := t.db.Table(tableRules+" AS r").Select("r.*").
		Joins("JOIN communities AS c ON c.id = r.community_id AND c.rule_version = r.version").
		Where("c.id = ?", communityID).Take(&r).Error
	return r, translate(err)
}

// RuleSet reads one version of a community's rules.
func (t *Tx) RuleSet(communityID string, version int64) (model.RuleSet, error) {
	var r model.RuleSet
	err := t.db.Table(tableRules).Where("community_id = ? AND version = ?", communityID, version).Take(&r).Error
	return r, translate(err)
}
