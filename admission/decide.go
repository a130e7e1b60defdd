package admission

import (
	"time"

	"communitypass.cn/communitypass/passcode"
)

// Question is one presentation of a pass to a gate.
type Question struct {
	// Code is the text that was read, exactly as it was read.
	Code string
	// Issued says that the one who decides made this very text and has kept it since,
	// so that its signature is known to be good. Everything else is judged as ever;
	// a text whose key is no longer live is refused all the same.
	Issued bool
	// Plate says that a number plate was read and no code: whose it is stands in
	// Identified, which is empty for a plate that nobody has told us.
	Plate bool
	// Identified stands in for a code where the pass was established in another way.
	Identified Identity
	Direction  Direction
	// ScannedAt is the device's own clock at the scan, and ClockOffset its last
	// measured offset (device clock − server clock); see JudgedAt.
	ScannedAt        time.Time
	ClockOffset      time.Duration
	ClockOffsetKnown bool
	// TemperatureTenths is the measured temperature in tenths of °C; zero is not measured.
	TemperatureTenths int
}

// Identity is a pass that somebody or something trusted has established without a
// code: a guard by a spoken code, a camera by a number plate. Rows 1 to 6 of the
// table do not apply to it. A zero Pass is no identity.
type Identity struct {
	Kind  passcode.Kind
	Pass  uint64
	Group uint16
}

// Decision is the answer to a Question.
type Decision struct {
	Outcome Outcome
	Reason  Reason
	// RuleVersion is the version of the rules that were applied.
	RuleVersion int64
	// SkewSeconds comes with clock_skew: how far the code's window begins after the
	// judged instant, in whole seconds rounded up, so at least 1.
	SkewSeconds int
	// Parsed says that Header was read from a code. What a code claims may be shown
	// or recorded as the holder's only when it is Genuine.
	Parsed bool
	// Genuine says that the signature is the community's, or that the pass was
	// identified without a code.
	Genuine bool
	Header  passcode.Header
	// Group is the access group that was judged, for the floors a passage may call.
	Group uint16
	// Use is to be spent, and Quota to be counted, in the transaction that stores an
	// admission. Both are zero unless Genuine.
	Use   UseKey
	Quota QuotaKey
	// QuotaLimit is the bound that Quota was judged by; zero is none.
	QuotaLimit int
	// JudgedAt is the instant at which everything was judged.
	JudgedAt time.Time
}

// Decide answers a question. The facts must be those of the gate's community; now
// is the clock of the one who decides (at an offline gate its own, corrected by
// the offset it last measured), and stale says that its bundle is past its expiry,
// which is never so on the server.
func Decide(q Question, gate *Gate, rules *Rules, facts Facts, now time.Time, stale bool) Decision {
	j := judging{gate: gate, rules: rules, facts: facts, stale: stale, direction: In}
	if q.Direction == Out {
		j.direction = Out
	}
	j.answer.RuleVersion = rules.Version
	j.answer.JudgedAt = JudgedAt(q.ScannedAt, q.ClockOffset, q.ClockOffsetKnown, now)
	reason := j.identify(&q)
	if reason == ReasonOK {
		reason = j.vouched(j.judgePass(q.TemperatureTenths))
	}
	j.answer.Reason, j.answer.Outcome = reason, j.outcome(reason)
	return j.answer
}

// Manual is an admission by a guard's hand, for which the guard gives the reason.
func Manual(rules *Rules, now time.Time) Decision {
	return Decision{Outcome: Admit, Reason: ReasonManual, RuleVersion: rules.Version, JudgedAt: now}
}

// judging is one decision being made.
type judging struct {
	gate      *Gate
	rules     *Rules
	facts     Facts
	stale     bool
	direction Direction
	// phone is the PhoneDigest of a code that a phone signed.
	phone  string
	answer Decision
}

// outcome is the table's last column, softened on the way out.
func (j *judging) outcome(reason Reason) Outcome {
	o := j.inward(reason)
	if o == Refuse && j.direction == Out {
		return Refer
	}
	return o
}

func (j *judging) inward(reason Reason) Outcome {
	switch reason {
	case ReasonOK:
		return Admit
	case ReasonClockSkew, ReasonReportDue, ReasonTemperatureHigh:
		return Refer
	case ReasonGateStale:
		return j.fallback()
	case ReasonPassback:
		if j.gate.Passback == PassbackHard {
			return Refuse
		}
		return Refer
	default:
		return Refuse
	}
}

// fallback is the outcome when the bundle is too old. A code that could not be
// verified is never admitted by it.
func (j *judging) fallback() Outcome {
	switch j.gate.Fallback {
	case FallbackClosed:
		return Refuse
	case FallbackResidentsOnly:
		if j.answer.Header.Kind != passcode.Resident {
			return Refuse
		}
		if j.answer.Genuine {
			return Admit
		}
	}
	return Refer
}

// vouched makes what was found of a genuine pass stricter where the bundle is too
// old to vouch for it. Exits never lock, so on the way out nothing changes.
func (j *judging) vouched(found Reason) Reason {
	if !j.stale || j.direction == Out {
		return found
	}
	if j.fallback().strictness() > j.outcome(found).strictness() {
		return ReasonGateStale
	}
	return found
}
