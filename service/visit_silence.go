package service

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// likelyFamily is the most people of whom a home is thought to be that is not there.
const likelyFamily = 3

// askNobody is the host's step of a home that is not there, or where nobody can
// answer. Where the rule leads from a silent home to the guard, he is asked at once;
// but the visit waits as long as if so many people had been silent before him, and
// when the guards have too many such visits, or are not asked by the rule, it waits
// all the same: by waiting nobody learns at which door somebody lives.
func (s *Visits) askNobody(tx *store.Tx, v *model.Visit, next model.Approval, rule model.VisitRule) error {
	step := rule.Steps[v.Step-1]
	within := step.Minutes * seemingFamily(v)
	if step.Silence != model.SilenceGuard {
		next.Answerer = model.AnswererHost
		_, err := s.askApproval(tx, next, minutes(within))
		return err
	}
	within += rule.GuardMinutes
	nowhere, err := tx.VisitsWaiting(v.CommunityID, store.WaitingAt{Nowhere: true, TakenBackSince: s.now() - rungAgain.Milliseconds()})
	if err != nil {
		return err
	}
	if v.HouseholdID == "" && nowhere > waitingNowhere { // this one is among them
		next.Answerer = model.AnswererHost
		_, err := s.askApproval(tx, next, minutes(within))
		return err
	}
	next.Answerer = model.AnswererGuard
	return s.ask(tx, v, next, within, true)
}

// seemingFamily is how many people a home without any seems to have: the same number
// each time somebody asks for the same address.
func seemingFamily(v *model.Visit) int {
	if len(v.AddressIx) == 0 {
		return 1
	}
	return 1 + int(v.AddressIx[0])%likelyFamily
}
