package admission

import (
	"time"

	"communitypass.cn/communitypass/passcode"
)

// identify is rows 1 to 6: whose code is it, is it genuine, is it of now. It
// answers ReasonOK when the pass itself is to be judged next.
func (j *judging) identify(q *Question) Reason {
	if id := q.Identified; id.Pass != 0 {
		j.answer.Header = passcode.Header{Kind: id.Kind, Pass: id.Pass, Group: id.Group}
		j.genuine()
		return ReasonOK
	}
	if q.Plate {
		return ReasonUnknownPlate
	}
	code, err := passcode.Parse(q.Code)
	if err != nil {
		return ReasonUnknownCode
	}
	if code.Strip != nil && !j.rules.PhoneStrips {
		return ReasonUnknownCode
	}
	j.answer.Parsed, j.answer.Header = true, code.Header
	if code.Community != j.gate.Community {
		return ReasonWrongCommunity
	}
	key, found := j.facts.Key(code.Key)
	if !found && j.stale {
		return ReasonGateStale
	}
	if !found || !q.Issued && !key.Verify(&code) {
		return ReasonBadSignature
	}
	j.genuine()
	if code.Strip != nil {
		j.phone = PhoneDigest(code.Strip.Phone)
	}
	if !code.Current() {
		return ReasonExpired
	}
	return j.judgeWindow()
}

// genuine fills in what may be said only of a pass that is beyond doubt.
func (j *judging) genuine() {
	a := &j.answer
	a.Genuine = true
	a.Group = a.Header.Group
	window := a.Header.Window
	if !a.Header.Format.Windowed() {
		window = passcode.WindowAt(a.JudgedAt)
	}
	a.Use = UseKey{Window: window, Pass: a.Header.Pass, Direction: j.direction, Perimeter: j.gate.Perimeter}
	a.Quota = QuotaKey{Day: j.rules.DayAt(a.JudgedAt), Pass: a.Header.Pass, Direction: j.direction, Perimeter: j.gate.Perimeter}
}

// judgeWindow is rows 5 and 6. It compares instants, not window numbers, so that a
// clock before the epoch of windows cannot pass for the first of them.
func (j *judging) judgeWindow() Reason {
	h := &j.answer.Header
	if !h.Format.Windowed() {
		return ReasonOK
	}
	at := j.answer.JudgedAt
	if !at.Before(h.ExpiresAt()) {
		return ReasonExpired
	}
	if ahead := passcode.WindowStart(h.Window).Sub(at); ahead > 0 {
		j.answer.SkewSeconds = int((ahead + time.Second - 1) / time.Second)
		return ReasonClockSkew
	}
	return ReasonOK
}
