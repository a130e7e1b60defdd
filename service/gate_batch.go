package service

import (
	"context"
	"slices"

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
	var recordings []store.Recording
	var index []int
	for i := range items {
		results[i] = OfflineResult{ScanID: items[i].ScanID, Status: "rejected", Reason: string(items[i].Bad)}
		if items[i].Bad == "" && !slices.Contains(admission.Reasons(), items[i].Reason) {
			results[i].Reason = "unknown_reason"
			continue
		}
		if items[i].Bad != "" {
			continue
		}
		r, err := g.offlineRecording(ctx, dev, &items[i])
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

// offlineRecording keeps the device's decision: the door has long been opened or
// not. The code is verified all the same, since only a genuine one names a pass
// and spends a use.
func (g *Gates) offlineRecording(ctx context.Context, dev *DeviceView, o *OfflinePassage) (store.Recording, error) {
	d := admission.Decision{Outcome: o.Decision, Reason: o.Reason, RuleVersion: o.RuleVersion}
	community := dev.Gate.Community
	var pass *PassView
	code, err := passcode.Parse(o.Code)
	if err == nil && code.Community == community.Number {
		verifier := g.Directory.keys.Load().verifiers[community.Number][code.Key]
		if verifier != nil && verifier.Verify(&code) {
			if pass, err = g.genuinePass(ctx, dev.CommunityID, true, code.Pass); err != nil {
				return store.Recording{}, err
			}
			d.Genuine, d.Header = true, code.Header
			d.Use = admission.UseKey{Window: code.Window, Pass: code.Pass, Direction: o.Direction, Perimeter: dev.Gate.Perimeter}
			if code.Format != passcode.Rotating {
				d.Use.Window = passcode.WindowAt(o.ScannedAt)
			}
		}
	}
	r := g.recording(dev, &o.Scan, &d, pass, g.Clock.Now())
	r.Passage.Online, r.Passage.BundleVersion, r.Passage.Outcome = false, o.BundleVersion, o.Outcome
	if o.Outcome != "decided" {
		r.Passage.OutcomeAt = r.Passage.ReceivedAt
	}
	r.Lost = nil // an offline admission stands: a use spent twice becomes a conflict
	return r, nil
}
