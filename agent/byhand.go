package agent

import (
	"context"
	"strings"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// Hand is an admission by the hand of whoever guards the gate.
type Hand struct {
	Direction admission.Direction
	// Reason is one of model.ManualReasons; other needs a Note.
	Reason, Note string
	// Closed says that the door is not to be opened: the guard has done it.
	Closed bool
}

// ByHand writes down that the guard lets somebody through, and opens the door of the
// lane after that. It spends no code. A gate whose credential was withdrawn lets nobody
// in, and what cannot be written down is answered as a scan would be. Errors: invalid
// for a reason that there is not, or a note that is missing or too long.
func (a *Agent) ByHand(ctx context.Context, l *Lane, h Hand) (Answer, error) {
	h.Note = strings.TrimSpace(h.Note)
	if err := (&model.ManualPassage{Reason: h.Reason, Note: h.Note}).Check(); err != nil {
		return Answer{}, err
	}
	answer := a.handed(h)
	if h.Closed {
		l.tell(answer)
	} else {
		a.through(ctx, l, answer)
	}
	a.Wake()
	return answer, nil
}

func (a *Agent) handed(h Hand) Answer {
	a.deciding.Lock()
	defer a.deciding.Unlock()
	now := a.clock.Now()
	e := Entry{Kind: entryPassage, ScanID: model.NewID(now), Direction: h.Direction.String(), ScannedAt: model.Millis(now), Hand: h.Reason, Note: h.Note}
	if a.isRevoked() && h.Direction == admission.In {
		message, next := admission.Sentence(admission.ReasonGateStale, admission.Refuse, "zh")
		return a.said(Answer{ScanID: e.ScanID, Outcome: admission.Refuse, Reason: admission.ReasonGateStale, Message: message, Next: next}, h.Direction)
	}
	d := admission.Decision{Outcome: admission.Admit, Reason: admission.ReasonManual}
	if bundle, _ := a.inForce(); bundle != nil {
		e.BundleVersion, d = bundle.Version, admission.Manual(bundle.Rules, now)
	}
	return a.settled(&e, d, h.Direction)
}
