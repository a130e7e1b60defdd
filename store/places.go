package store

import (
	"communitypass.cn/communitypass/model"
)

// Places is everything that a replica keeps in memory about places.
type Places struct {
	Committees  []model.Committee
	Communities []model.Community
	Rules       []model.RuleSet
	Groups      []model.AccessGroup
	Gates       []model.Gate
	Devices     []model.Device
	Recipients  []model.Recipient
	// Proposals are those under way, each with the rules that it would replace or
	// has replaced.
	Proposals []OpenProposal
	// Emergencies are those that are active.
	Emergencies []model.Emergency
}

// OpenProposal is a proposal under way with the body of its base.
type OpenProposal struct {
	model.RuleProposal `gorm:"embedded"`
	BaseRules          string
}

// AllPlaces reads them all; only the current rules of each community.
func (t *Tx) AllPlaces() (Places, error) {
	var p Places
	for _, err := range []error{
		t.db.Find(&p.Committees).Error,
		t.db.Find(&p.Communities).Error,
		t.db.Table(tableRules + " AS r").Select("r.*").
			Joins("JOIN communities AS c ON c.id = r.community_id AND c.rule_version = r.version").Find(&p.Rules).Error,
		t.db.Find(&p.Groups).Error,
		t.db.Order("id").Find(&p.Gates).Error,
		t.db.Find(&p.Devices).Error,
		t.db.Table("rule_proposals AS p").Select("p.*, r.body AS base_rules").
			Joins("JOIN rules AS r ON r.community_id = p.community_id AND r.version = p.base_version").
			Where("p.open = 1").Find(&p.Proposals).Error,
	} {
		if err != nil {
			return Places{}, translate(err)
		}
	}
	var err error
	if p.Recipients, err = t.recipientsForMemory(); err != nil {
		return Places{}, err
	}
	p.Emergencies, err = t.EmergenciesIn(-1, model.EmergencyActive)
	return p, err
}

const tableRules = "rules"

// CreateRules stores one version of a community's rules.
func (t *Tx) CreateRules(r model.RuleSet) error {
	return translate(t.db.Table(tableRules).Create(&r).Error)
}

// CreateGroup stores an access group.
func (t *Tx) CreateGroup(g model.AccessGroup) error {
	return translate(t.db.Create(&g).Error)
}
