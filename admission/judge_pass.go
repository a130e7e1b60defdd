package admission

import "communitypass.cn/communitypass/passcode"

// judgePass is rows 7 to 15 for a pass that is beyond doubt.
func (j *judging) judgePass(temperatureTenths int) Reason {
	pass, known := j.facts.Pass(j.answer.Header.Pass)
	switch known {
	case Missing:
		return ReasonRevoked
	case Unlisted:
		pass = Pass{}
	}
	if pass.Group != 0 {
		j.answer.Group = pass.Group
	}
	if r := j.judgeStanding(&pass); r != ReasonOK {
		return r
	}
	if r := j.judgePlace(); r != ReasonOK {
		return r
	}
	if r := j.judgeHealth(&pass, temperatureTenths); r != ReasonOK {
		return r
	}
	return j.judgeCount(&pass)
}

// judgeStanding is rows 7 to 10: the pass wherever it is shown.
func (j *judging) judgeStanding(pass *Pass) Reason {
	at := j.answer.JudgedAt.UnixMilli()
	switch {
	case pass.Withdrawn, j.phone != "" && pass.Phone != "" && pass.Phone != j.phone:
		return ReasonRevoked
	case pass.Restricted:
		return ReasonRestricted
	case at < pass.ValidFrom:
		return ReasonNotYetValid
	case pass.ValidUntil != 0 && at >= pass.ValidUntil, j.cardOver():
		return ReasonPassExpired
	case pass.ApprovalPending:
		return ReasonApprovalPending
	default:
		return ReasonOK
	}
}

// cardOver reports whether the last day of a card is past. Quota.Day is today.
func (j *judging) cardOver() bool {
	h := &j.answer.Header
	return h.Format == passcode.Card && j.answer.Quota.Day > h.Window
}

// judgePlace is row 11: this gate at this hour.
func (j *judging) judgePlace() Reason {
	group, found := j.facts.Group(j.answer.Group)
	if !found || !group.opens(j.gate.ID) {
		return ReasonWrongGate
	}
	local := localAt(j.answer.JudgedAt, j.rules.zone())
	kind := j.rules.Kinds.of(j.answer.Header.Kind)
	if !group.Hours.open(local) || !kind.Hours.open(local) {
		return ReasonOutsideHours
	}
	return ReasonOK
}

// judgeHealth is row 12. In ordinary mode it looks at nothing.
func (j *judging) judgeHealth(pass *Pass, temperatureTenths int) Reason {
	switch {
	case !j.rules.emergency(j.answer.JudgedAt):
		return ReasonOK
	case pass.Colour == Red:
		return ReasonHealthRed
	case j.rules.ReportRequired && pass.ReportDue:
		return ReasonReportDue
	case temperatureTenths >= j.rules.temperatureLimit():
		return ReasonTemperatureHigh
	default:
		return ReasonOK
	}
}

// judgeCount is rows 13 to 15: how often the pass has been here.
func (j *judging) judgeCount(pass *Pass) Reason {
	a := &j.answer
	quota := j.rules.Quota(&a.Header, pass.Quota)
	a.QuotaLimit = quota
	switch {
	case quota > 0 && j.facts.Admitted(a.Quota) >= quota:
		return ReasonQuotaReached
	case j.facts.Used(a.Use):
		return ReasonUsed
	case j.direction == In && j.gate.watchesPassback() && j.facts.Inside(a.Header.Pass, j.gate.Perimeter):
		return ReasonPassback
	default:
		return ReasonOK
	}
}

// Quota is the smallest of the quotas that hold for a code and its pass's own;
// zero is none.
func (r *Rules) Quota(h *passcode.Header, own int) int {
	smallest := r.Kinds.of(h.Kind).Quota
	if h.Format == passcode.Card {
		smallest = smallerQuota(smallest, r.cardQuota())
	}
	return smallerQuota(smallest, own)
}

func smallerQuota(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
