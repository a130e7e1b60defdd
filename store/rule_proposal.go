package store

import (
	"context"

	"communitypass.cn/communitypass/model"
)

// ruleProposalRow is a proposal with the column that keeps a community from having
// two under way: 1 while open, NULL afterwards.
type ruleProposalRow struct {
	model.RuleProposal `gorm:"embedded"`
	Open               *int
}

func (ruleProposalRow) TableName() string { return "rule_proposals" }

// CreateRuleProposal stores a proposal; conflict when another one is under way.
func (t *Tx) CreateRuleProposal(p model.RuleProposal) error {
	open := 1
	return translate(t.db.Create(&ruleProposalRow{RuleProposal: p, Open: &open}).Error)
}

// RuleProposal reads one proposal of a community.
func (t *Tx) RuleProposal(communityID, id string) (model.RuleProposal, error) {
	var p model.RuleProposal
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&p).Error
	return p, translate(err)
}

// OpenRuleProposal reads the proposal of a community that is under way.
func (t *Tx) OpenRuleProposal(communityID string) (model.RuleProposal, error) {
	var p model.RuleProposal
	err := t.db.Where("community_id = ? AND open = 1", communityID).Take(&p).Error
	return p, translate(err)
}

// RuleProposals lists a community's proposals, newest first, with an id below
// before (all when empty).
func (t *Tx) RuleProposals(communityID, before string, limit int) ([]model.RuleProposal, error) {
	q := t.along("rule_proposals", "rule_proposals_community").Where("community_id = ?", communityID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.RuleProposal
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// RuleProposalsIn lists proposals of all communities in a phase by id, behind after.
func (t *Tx) RuleProposalsIn(phase model.RulePhase, after string, limit int) ([]model.RuleProposal, error) {
	var out []model.RuleProposal
	err := t.along("rule_proposals", "rule_proposals_phase").Where("phase = ? AND id > ?", phase, after).Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// MoveRuleProposal moves a proposal to the phase in p, with what p says of its
// version and watch, and says whether it was still in the phase from.
func (t *Tx) MoveRuleProposal(from model.RulePhase, p model.RuleProposal) (bool, error) {
	set := map[string]any{"phase": p.Phase, "version": p.Version, "restored_version": p.RestoredVersion,
		"watch_until": p.WatchUntil, "phase_at": t.now()}
	if !p.Phase.Open() {
		set["open"] = nil
	}
	return changed(t.db.Model(&ruleProposalRow{}).Where("community_id = ? AND id = ? AND phase = ?", p.CommunityID, p.ID, from).Updates(set))
}

// AddRuleTrials adds counts to those that are kept.
func (s *Store) AddRuleTrials(ctx context.Context, counts []model.RuleTrial) error {
	suffix := " ON CONFLICT (proposal_id, phase, what, reason) DO UPDATE SET total = total + excluded.total"
	if s.dialect == MySQL {
		suffix = " ON DUPLICATE KEY UPDATE total = total + VALUES(total)"
	}
	return s.Update(ctx, func(tx *Tx) error {
		for _, c := range counts {
			err := tx.db.Exec("INSERT INTO rule_trials (proposal_id, phase, what, reason, total) VALUES (?, ?, ?, ?, ?)"+suffix,
				c.ProposalID, c.Phase, c.What, c.Reason, c.Total).Error
			if err != nil {
				return translate(err)
			}
		}
		return nil
	})
}

// RuleTrials reads all counts of some proposals, in a fixed order.
func (t *Tx) RuleTrials(proposalIDs ...string) ([]model.RuleTrial, error) {
	var out []model.RuleTrial
	if len(proposalIDs) == 0 {
		return out, nil
	}
	err := t.db.Where("proposal_id IN ?", proposalIDs).Order("proposal_id, phase, what, reason").Find(&out).Error
	return out, translate(err)
}

// CreateRuleRehearsal stores what a rehearsal found.
func (t *Tx) CreateRuleRehearsal(r model.RuleRehearsal) error {
	return translate(t.db.Create(&r).Error)
}

// RuleRehearsal reads one rehearsal of a community.
func (t *Tx) RuleRehearsal(communityID, id string) (model.RuleRehearsal, error) {
	var r model.RuleRehearsal
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&r).Error
	return r, translate(err)
}

// RuleRehearsals lists a community's rehearsals, newest first, with an id below
// before (all when empty).
func (t *Tx) RuleRehearsals(communityID, before string, limit int) ([]model.RuleRehearsal, error) {
	q := t.along("rule_rehearsals", "rule_rehearsals_community").Where("community_id = ?", communityID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.RuleRehearsal
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// SetGateSettings changes what a gate does on passback and without a bundle, and
// says whether there is such a gate.
func (t *Tx) SetGateSettings(communityID, id, passback, fallback string) (bool, error) {
	return changed(t.db.Exec("UPDATE gates SET passback = ?, fallback = ? WHERE community_id = ? AND id = ?", passback, fallback, communityID, id))
}
