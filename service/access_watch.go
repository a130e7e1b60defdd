package service

import (
	"context"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// What is still usual for one member of staff: so many different people within an
// hour and a day, so many looks at one person within a day. More is a finding. A
// guard at a busy gate looks up more people than anybody has trails to read, and
// sees less of each.
const (
	usualInHour    = 20
	usualInDay     = 100
	usualAtOne     = 10
	usualAtGate    = 60 // within an hour
	usualAtGateDay = 200
	lookedExport   = "roster_export"
	lookedUp       = "lookup"
)

// dayOf counts days in Beijing from 1970.
func chinaDay(at time.Time) int64 {
	const zone = 8 * time.Hour
	return model.Millis(at.Add(zone)) / (24 * time.Hour).Milliseconds()
}

// watch raises what is unusual about the looks of a caller. An export that two
// people agreed to does not count: it was looked into before.
func (d *Deps) watch(tx *store.Tx, caller *model.Caller, l Look, personIDs []string) error {
	if l.What == lookedExport {
		return nil
	}
	now := d.Clock.Now()
	only, but, inHour, inDay := "", []string{lookedExport, lookedUp}, usualInHour, usualInDay
	if l.What == lookedUp {
		only, but, inHour, inDay = lookedUp, []string{lookedExport}, usualAtGate, usualAtGateDay
	}
	hour, err := tx.LookedAtSince(caller.AccountID, model.Millis(now.Add(-time.Hour)), only, but)
	if err != nil {
		return err
	}
	day, err := tx.LookedAtSince(caller.AccountID, model.Millis(now.Add(-24*time.Hour)), only, but)
	if err != nil {
		return err
	}
	most := 0
	for _, person := range personIDs {
		n, err := tx.LooksAtSince(caller.AccountID, person, model.Millis(now.Add(-24*time.Hour)), []string{lookedExport, lookedTrailPage, lookedSharingPage})
		if err != nil {
			return err
		}
		most = max(most, n)
	}
	for _, f := range []struct {
		kind         model.FindingKind
		looks, usual int
	}{{model.FindingManyInHour, hour, inHour}, {model.FindingManyInDay, day, inDay}, {model.FindingSamePerson, most, usualAtOne}} {
		if f.looks <= f.usual {
			continue
		}
		if err := d.raise(tx, caller, l.CommunityID, f.kind, f.looks); err != nil {
			return err
		}
	}
	return nil
}

func (d *Deps) raise(tx *store.Tx, caller *model.Caller, communityID string, kind model.FindingKind, looks int) error {
	now := d.Clock.Now()
	f := model.Finding{ID: model.NewID(now), Kind: kind, ReaderID: caller.AccountID, CommunityID: communityID, Day: chinaDay(now),
		At: model.Millis(now), Looks: looks, State: model.FindingOpen}
	raised, err := tx.RaiseFinding(f)
	if err != nil || !raised {
		return err
	}
	err = tx.Audit(caller, communityID, "access.unusual", "finding", f.ID, map[string]string{"kind": string(kind), "looks": strconv.Itoa(looks)})
	if _, ok := d.Directory.Community(communityID); err != nil || !ok {
		return err
	}
	i, err := d.raiseAbout(tx, systemCaller, model.Incident{CommunityID: communityID, Kind: model.IncidentLooking, Origin: model.FromFinding, Alarms: 1}, caller.AccountID)
	if err != nil {
		return err
	}
	return d.noteIncident(tx, systemCaller, &i, model.IncidentEntry{Kind: model.EntryEvidence, Evidence: model.EvidenceFinding, Ref: f.ID})
}

// Findings lists unusual looking in a community, newest first, of one state when
// it is given. Errors: not_found out of scope.
func (p *Privacy) Findings(ctx context.Context, caller *model.Caller, communityID, state string, page Page) (List[model.Finding], error) {
	if err := p.Directory.Reach(caller, "finding.read", communityID); err != nil {
		return List[model.Finding]{}, err
	}
	found, err := p.Store.View(ctx).Findings(communityID, state, page.Cursor, page.Size()+1)
	return paged(found, page, func(f model.Finding) string { return f.ID }), err
}

// CloseFinding closes a finding once it is explained. Errors: not_found out of
// scope, self_approval for the one whom it is about, state_changed when it is
// closed already.
func (p *Privacy) CloseFinding(ctx context.Context, caller *model.Caller, communityID, id, reason string) (model.Finding, error) {
	if err := p.Directory.Reach(caller, "finding.close", communityID); err != nil {
		return model.Finding{}, err
	}
	var out model.Finding
	err := p.Store.Update(ctx, func(tx *store.Tx) error {
		closed, err := tx.CloseFinding(communityID, id, caller.AccountID)
		if err != nil {
			return err
		}
		if out, err = tx.Finding(communityID, id); err != nil {
			return err
		}
		switch {
		case !closed && out.State == model.FindingOpen:
			return model.Fail(model.CodeSelfApproval)
		case !closed:
			return &model.Error{Code: model.CodeStateChanged, State: out.State}
		}
		return tx.Audit(caller, communityID, "finding.close", "finding", id, map[string]string{"reason": reason})
	})
	return out, err
}
