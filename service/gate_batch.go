package service

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// OfflinePassage is a passage that a gate decided alone.
type OfflinePassage struct {
	Scan
	Decision      admission.Outcome
	Reason        admission.Reason
	RuleVersion   int64
	BundleVersion string
	Outcome       string
	// Hand is set for what a guard did at the gate while it was alone: no code was shown.
	Hand *model.ManualPassage
	// Bad is why the item could not be read; nothing else is then looked at.
	Bad model.Code
}

// OfflineResult is what became of one item: stored, duplicate or rejected.
type OfflineResult struct {
	ScanID     string
	Status     string
	PassageID  string
	Reason     string
	ConflictID string
}

// Upload stores passages that were decided offline, in order, one result each. A
// bad item is answered as rejected and never stops the others; the device keeps
// it. An error means that nothing can be said of any item: send them again.
func (g *Gates) Upload(ctx context.Context, caller *model.Caller, items []OfflinePassage) ([]OfflineResult, error) {
	dev, err := g.device(caller)
	if err != nil {
		return nil, err
	}
	results := make([]OfflineResult, len(items))
	read := g.readOffline(dev, items)
	var recordings []store.Recording
	var index []int
	for i := range items {
		results[i] = OfflineResult{ScanID: items[i].ScanID, Status: "rejected", Reason: string(items[i].Bad)}
		if items[i].Bad == "" && !slices.Contains(admission.Reasons(), items[i].Reason) {
			results[i].Reason = "unknown_reason"
			continue
		}
		if items[i].Hand != nil && dev.Profile != model.ProfileAgent {
			results[i].Reason = "not_allowed"
			continue
		}
		if items[i].Bad != "" {
			continue
		}
		r, err := g.offlineRecording(ctx, caller, dev, &items[i], read[i])
		if err != nil {
			return nil, err
		}
		recordings, index = append(recordings, r), append(index, i)
	}
	recorded, failures := g.recorder.RecordAll(ctx, recordings)
	for n, i := range index {
		if err := failures[n]; err != nil {
			// A poison row is answered by itself. Trouble with the database is not
			// the item's fault, so the device must keep everything.
			if code := model.CodeOf(err); code != model.CodeInternal && code != model.CodeConflict {
				return nil, err
			}
			g.Log.Error("offline passage not stored", "device", dev.ID, "err", err)
			results[i].Reason = "not_storable"
			continue
		}
		results[i] = OfflineResult{ScanID: items[i].ScanID, Status: "stored", PassageID: recorded[n].Passage.ID, ConflictID: recorded[n].ConflictID}
		if recorded[n].Duplicate {
			results[i].Status = "duplicate"
		}
	}
	return results, nil
}

// offlineCode is the code of a passage that was decided offline, when it is genuine.
type offlineCode struct {
	passcode.Code
	genuine bool
}

// readOffline verifies the codes of a batch, on all processors: signatures are most of
// the work that an upload is before it comes to the database.
func (g *Gates) readOffline(dev *DeviceView, items []OfflinePassage) []offlineCode {
	out := make([]offlineCode, len(items))
	community := dev.Gate.Community.Number
	verifiers := g.Directory.keys.Load().verifiers[community]
	var next atomic.Int64
	var work sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(items)) {
		work.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(items)); i = next.Add(1) - 1 {
				code, err := passcode.Parse(items[i].Code)
				if err != nil || items[i].Bad != "" || code.Community != community {
					continue
				}
				if verifier := verifiers[code.Key]; verifier != nil {
					out[i] = offlineCode{code, verifier.Verify(&code)}
				}
			}
		})
	}
	work.Wait()
	return out
}

// offlineRecording keeps the device's decision: the door has long been opened or
// not. The code is verified all the same, since only a genuine one names a pass
// and spends a use.
func (g *Gates) offlineRecording(ctx context.Context, caller *model.Caller, dev *DeviceView, o *OfflinePassage, read offlineCode) (store.Recording, error) {
	if o.Hand != nil {
		o.Way = model.WayManual
	}
	d := admission.Decision{Outcome: o.Decision, Reason: o.Reason, RuleVersion: o.RuleVersion}
	community := dev.Gate.Community
	var pass *PassView
	if code := read.Code; read.genuine {
		var err error
		if pass, err = g.genuinePass(ctx, dev.CommunityID, true, code.Pass); err != nil {
			return store.Recording{}, err
		}
		d.Genuine, d.Header = true, code.Header
		d.Use = admission.UseKey{Window: code.Window, Pass: code.Pass, Direction: o.Direction, Perimeter: dev.Gate.Perimeter}
		if !code.Format.Windowed() {
			d.Use.Window = passcode.WindowAt(o.ScannedAt)
		}
		d.Quota, d.QuotaLimit = offlineQuota(dev.Gate, &code.Header, pass, o)
	}
	r := g.recording(dev, &o.Scan, &d, pass, g.Clock.Now())
	r.Passage.Online, r.Passage.BundleVersion, r.Passage.Outcome = false, o.BundleVersion, o.Outcome
	if o.Outcome != "decided" {
		r.Passage.OutcomeAt = r.Passage.ReceivedAt
	}
	if _, err := g.measured(ctx, community, &r, pass, o.TemperatureTenths, g.measuredAt(dev, o, r.Passage.ReceivedAt)); err != nil {
		return store.Recording{}, err
	}
	// An offline admission stands: a use spent twice becomes a conflict, and a quota
	// is counted beyond its end.
	r.Lost, r.Full = nil, nil
	if o.Hand != nil {
		r.Hand, r.Audit = o.Hand, caller
	}
	if r.Quota != nil {
		r.Quota.Limit = 0
	}
	return r, nil
}

// measuredAt is when an offline gate measured, by the server's clock as far as the
// device's was compared with it, and never later than it was told.
func (g *Gates) measuredAt(dev *DeviceView, o *OfflinePassage, received int64) int64 {
	offset, _ := g.Directory.ClockOffset(dev)
	return min(model.Millis(o.ScannedAt.Add(-offset)), received)
}

// offlineQuota is what an offline admission counts against: nothing once it was
// annulled or timed out.
func offlineQuota(gate *GateView, h *passcode.Header, pass *PassView, o *OfflinePassage) (admission.QuotaKey, int) {
	own := 0
	if pass != nil {
		own = pass.Quota
	}
	limit := gate.Community.Rules.Quota(h, own)
	if limit == 0 || o.Outcome == model.OutcomeAnnulled || o.Outcome == model.OutcomeTimedOut {
		return admission.QuotaKey{}, 0
	}
	return admission.QuotaKey{Day: gate.Community.Rules.DayAt(o.ScannedAt), Pass: h.Pass, Direction: o.Direction, Perimeter: gate.Perimeter}, limit
}
