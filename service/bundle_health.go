package service

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// standingsPage is how many standings are read at once.
const standingsPage = 500

// addHealthExceptions lists, beside the withdrawn, the passes that are restricted
// and, in an emergency, those that are not green or whose report is due. The gate
// gets a colour, never why.
func (g *Gates) addHealthExceptions(ctx context.Context, c *CommunityView, b *admission.Bundle) error {
	tx := g.Store.View(ctx)
	found := map[uint64]admission.Pass{}
	for _, p := range b.Passes {
		found[p.Number] = p.Pass
	}
	now := g.now()
	who := Health{g.Deps}
	restricted, err := who.restrictedBy(tx, c.ID)
	if err != nil {
		return err
	}
	x := exceptions{tx: tx, community: c, restricted: restricted, now: now, found: found}
	if err := x.add(slices.Collect(maps.Keys(restricted)), nil); err != nil {
		return err
	}
	if e, ok := c.emergency(now); ok {
		if err := x.standings(e); err != nil {
			return err
		}
	}
	b.Passes = b.Passes[:0]
	for _, n := range slices.SortedFunc(maps.Keys(found), cmp.Compare[uint64]) {
		b.Passes = append(b.Passes, admission.BundleException{Number: n, Pass: found[n]})
	}
	return nil
}

// exceptions are being gathered for a bundle.
type exceptions struct {
	tx         *store.Tx
	community  *CommunityView
	restricted map[string][]model.Restriction
	now        int64
	found      map[uint64]admission.Pass
}

// standings walks the standings of the community for those of concern.
func (x *exceptions) standings(e *EmergencyView) error {
	concerns := func(page []string, known map[string]passHealth) error {
		concern := slices.DeleteFunc(page, func(id string) bool {
			h := known[id]
			colour := colourOf(e.Colours, h.facts, x.restricted[id], x.now).Colour
			return severity(colour) <= severity(admission.Green) && !e.reportDue(h.dueAt, 0, x.now)
		})
		return x.add(concern, known)
	}
	if err := eachStanding(x.tx, x.community.ID, e, concerns); err != nil {
		return err
	}
	return eachPage(x.tx, e, func(after string) ([]model.Standing, error) {
		return x.tx.StandingsElsewhere(x.community.ID, e.ID, after, standingsPage)
	}, concerns)
}

// eachStanding reads a community's standings page by page.
func eachStanding(tx *store.Tx, communityID string, e *EmergencyView, do func(page []string, known map[string]passHealth) error) error {
	return eachPage(tx, e, func(after string) ([]model.Standing, error) {
		return tx.Standings(communityID, e.ID, after, standingsPage)
	}, do)
}

func eachPage(tx *store.Tx, e *EmergencyView, read func(after string) ([]model.Standing, error), do func(page []string, known map[string]passHealth) error) error {
	for after := ""; ; {
		page, err := read(after)
		if err != nil || len(page) == 0 {
			return err
		}
		ids := make([]string, len(page))
		for i, s := range page {
			ids[i] = s.PersonID
		}
		after = ids[len(ids)-1]
		known, err := healthOf(tx, e, ids)
		if err != nil {
			return err
		}
		if err := do(ids, known); err != nil {
			return err
		}
	}
}

// add judges the passes of some people as the gate would.
func (x *exceptions) add(people []string, known map[string]passHealth) error {
	passes, err := x.tx.LivePassesOf(x.community.ID, people)
	if err != nil {
		return err
	}
	for _, p := range passes {
		if p.State != model.PassActive {
			continue
		}
		v := &PassView{Pass: p, Restrictions: slices.DeleteFunc(slices.Clone(x.restricted[p.PersonID]), func(r model.Restriction) bool {
			return r.SubjectKind == SubjectPass && r.SubjectID != p.ID
		})}
		if h, ok := known[p.PersonID]; ok {
			v.Health = &h
		}
		h := v.judge(x.community, x.now)
		out := admission.Pass{Restricted: h.Restricted, ReportDue: h.ReportDue, ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil,
			Group: p.AccessGroup, Quota: p.Quota, Phone: p.StripPhone}
		if severity(h.Colour) > severity(admission.Green) {
			out.Colour = h.Colour
		}
		if out.Restricted || out.ReportDue || out.Colour != "" {
			x.found[p.Number] = out
		}
	}
	return nil
}
