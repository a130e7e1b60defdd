package admission

// Reason says which check decided. Reasons are stable: they are stored, sent to
// recipients and branched on by clients; extend, never rename.
type Reason string

// Reasons in the order of the checks.
const (
	ReasonUnknownCode     Reason = "unknown_code"
	ReasonUnknownPlate    Reason = "unknown_plate"
	ReasonWrongCommunity  Reason = "wrong_community"
	ReasonGateStale       Reason = "gate_stale"
	ReasonBadSignature    Reason = "bad_signature"
	ReasonExpired         Reason = "expired"
	ReasonClockSkew       Reason = "clock_skew"
	ReasonRevoked         Reason = "revoked"
	ReasonRestricted      Reason = "restricted"
	ReasonNotYetValid     Reason = "not_yet_valid"
	ReasonPassExpired     Reason = "pass_expired"
	ReasonApprovalPending Reason = "approval_pending"
	ReasonWrongGate       Reason = "wrong_gate"
	ReasonOutsideHours    Reason = "outside_hours"
	ReasonHealthRed       Reason = "health_red"
	ReasonReportDue       Reason = "health_report_due"
	ReasonTemperatureHigh Reason = "temperature_high"
	ReasonQuotaReached    Reason = "quota_reached"
	ReasonUsed            Reason = "used"
	ReasonPassback        Reason = "passback"
	ReasonOK              Reason = "ok"
	// ReasonManual is a guard's own admission; no check leads to it.
	ReasonManual Reason = "manual"
)

// Reasons lists every reason in the order of the checks.
func Reasons() []Reason {
	return []Reason{
		ReasonUnknownCode, ReasonUnknownPlate, ReasonWrongCommunity, ReasonGateStale, ReasonBadSignature,
		ReasonExpired, ReasonClockSkew, ReasonRevoked, ReasonRestricted,
		ReasonNotYetValid, ReasonPassExpired, ReasonApprovalPending, ReasonWrongGate,
		ReasonOutsideHours, ReasonHealthRed, ReasonReportDue, ReasonTemperatureHigh,
		ReasonQuotaReached, ReasonUsed, ReasonPassback, ReasonOK, ReasonManual,
	}
}

// Outcomes lists the outcomes that can come with a reason: one in each direction,
// or by the gate's settings. It is empty for a reason that does not exist.
func (r Reason) Outcomes() []Outcome {
	switch r {
	case ReasonOK, ReasonManual:
		return []Outcome{Admit}
	case ReasonClockSkew, ReasonReportDue, ReasonTemperatureHigh:
		return []Outcome{Refer}
	case ReasonUnknownCode, ReasonUnknownPlate, ReasonWrongCommunity, ReasonGateStale, ReasonBadSignature,
		ReasonExpired, ReasonRevoked, ReasonRestricted, ReasonNotYetValid,
		ReasonPassExpired, ReasonApprovalPending, ReasonWrongGate, ReasonOutsideHours,
		ReasonHealthRed, ReasonQuotaReached, ReasonUsed, ReasonPassback:
		return []Outcome{Refuse, Refer}
	default:
		return nil
	}
}
