package agent

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
)

// uploadChunk is how many passages go in one request: as many as the server takes.
const uploadChunk = 1000

// Upload sends what waits in the journal, oldest first, until nothing waits. Every
// item ends stored, as a duplicate, in a conflict, or as a dead letter that is kept
// and listed; whatever else the server answers, all stays as it is. Errors: those of
// the server, and those of the disk.
func (a *Agent) Upload(ctx context.Context) error {
	for {
		items, err := a.journal.Pending(uploadChunk)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			break
		}
		if err := a.uploadAll(ctx, items); err != nil {
			return err
		}
		a.mu.Lock()
		a.lastUpload = a.clock.Now()
		a.mu.Unlock()
	}
	if _, dead := a.journal.Counts(); dead > 0 {
		a.fault(faultLetters, dead)
	} else {
		a.mend(faultLetters)
	}
	a.mend(faultUpload)
	return nil
}

// uploadAll sends items and settles them. A request that is refused for what it says
// is halved until the one item is found that the server will not have.
func (a *Agent) uploadAll(ctx context.Context, items []Pending) error {
	sent := make([]wire.OfflinePassage, len(items))
	for i := range items {
		sent[i] = items[i].wire()
	}
	reached(pointSending)
	part, cancel := context.WithTimeout(ctx, syncTime)
	answer, err := a.Server.Upload(part, sent)
	cancel()
	var refused *Refused
	switch {
	case err == nil:
		reached(pointAcknowledged)
		return a.settle(ctx, items, answer.Results)
	case credentialOver(err):
		a.credential(true)
		return err
	case !errors.As(err, &refused) || !slices.Contains([]int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}, refused.Status):
		if refused != nil {
			a.fault(faultUpload)
		}
		return err
	case len(items) == 1:
		return a.journal.Settle([]Settled{{Number: items[0].Number, State: StateDead, Reason: refused.Error()}})
	}
	if err := a.uploadAll(ctx, items[:len(items)/2]); err != nil {
		return err
	}
	return a.uploadAll(ctx, items[len(items)/2:])
}

// settle keeps what became of items.
func (a *Agent) settle(ctx context.Context, items []Pending, results []wire.PassageItemResult) error {
	settled := make([]Settled, 0, len(items))
	for i, r := range results {
		one := settledBy(items[i].Number, r)
		if items[i].Asked && r.Status == wire.PassageItemResultStatusDuplicate {
			other, err := a.stoodOtherwise(ctx, items[i])
			if err != nil {
				return err
			}
			if other != nil {
				one = settledBy(items[i].Number, *other)
			}
		}
		settled = append(settled, one)
	}
	return a.journal.Settle(settled)
}

func settledBy(number uint64, r wire.PassageItemResult) Settled {
	s := Settled{Number: number, State: StateDead}
	if r.Reason != nil {
		s.Reason = *r.Reason
	}
	switch {
	case r.Status == wire.PassageItemResultStatusRejected:
	case r.ConflictId != nil:
		s.State, s.Conflict = StateConflict, *r.ConflictId
	case r.Status == wire.PassageItemResultStatusDuplicate:
		s.State = StateDuplicate
	default:
		s.State = StateStored
	}
	return s
}

// stoodOtherwise is for a scan that the server was asked about and had stored, though
// its answer came too late: if it had decided as the gate then did, all is well; if
// not, what the gate did is told under an id of its own, so that neither is lost.
func (a *Agent) stoodOtherwise(ctx context.Context, p Pending) (*wire.PassageItemResult, error) {
	ctx, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	stored, err := a.Server.Scan(ctx, wire.Scan{ScanId: p.ScanID, Code: p.Code, Direction: wire.Direction(p.Direction),
		ScannedAt: instant.Of(p.ScannedAt), TemperatureC: celsius(p.TemperatureTenths)})
	if err != nil || string(stored.Decision) == p.Decision {
		return nil, err
	}
	own := p.wire()
	own.ScanId += "-gate"
	answer, err := a.Server.Upload(ctx, []wire.OfflinePassage{own})
	if err != nil {
		return nil, err
	}
	return &answer.Results[0], nil
}

// wire is the entry as it is uploaded.
func (p *Pending) wire() wire.OfflinePassage {
	o := wire.OfflinePassage{ScanId: p.ScanID, Direction: wire.Direction(p.Direction), ScannedAt: instant.Of(p.ScannedAt),
		TemperatureC: celsius(p.TemperatureTenths), Decision: wire.Outcome(p.Decision), Reason: p.Reason, RuleVersion: p.RuleVersion,
		BundleVersion: p.BundleVersion, Outcome: wire.PassageState("decided")}
	if p.Hand == "" {
		o.Code = &p.Code
		return o
	}
	o.ByHand = &wire.OfflineHand{Reason: wire.ManualReason(p.Hand)}
	if p.Note != "" {
		o.ByHand.Note = &p.Note
	}
	return o
}
