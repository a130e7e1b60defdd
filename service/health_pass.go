package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// EmergencyView is an active emergency as a replica remembers it.
type EmergencyView struct {
	model.Emergency
	Colours []ColourRule
}

// addEmergencies puts active emergencies over the rules of their communities: what a
// community has stored stays as it is, so that the end of the emergency is enough to
// end its effect.
func (v *placesView) addEmergencies(all []model.Emergency) error {
	for _, e := range all {
		view := &EmergencyView{Emergency: e}
		if err := json.Unmarshal([]byte(e.ColourRules), &view.Colours); err != nil {
			return fmt.Errorf("colour rules of emergency %s: %w", e.ID, err)
		}
		for _, id := range e.Scope {
			c := v.communities[id]
			if c == nil {
				continue
			}
			c.Emergency = view
			c.underEmergency(c.Rules)
		}
	}
	return nil
}

// underEmergency puts what the community's emergency orders over rules: those in
// force and those that are tried beside them alike, since it is no part of either.
func (c *CommunityView) underEmergency(rules *admission.Rules) {
	e := c.Emergency
	if e == nil {
		return
	}
	rules.EmergencyUntil, rules.ReportRequired = e.EndsAt, e.ReportEveryHours > 0
	if e.TemperatureLimitTenths > 0 {
		rules.TemperatureLimit = e.TemperatureLimitTenths
	}
}

// emergency is the community's if it holds at an instant.
func (c *CommunityView) emergency(at int64) (*EmergencyView, bool) {
	if c == nil || c.Emergency == nil || !c.Emergency.Holds(at) {
		return nil, false
	}
	return c.Emergency, true
}

// emergencyChanged forgets what the memory holds of emergencies that began, moved
// their end, or ended: for those that ended, the opened key too.
func (d *Directory) emergencyChanged(ids ...string) {
	if len(ids) == 0 {
		return
	}
	active := map[string]bool{}
	for _, c := range d.places.Load().communities {
		if c.Emergency != nil {
			active[c.Emergency.ID] = true
		}
	}
	for _, id := range ids {
		if !active[id] {
			d.store.ForgetDataKey(id)
		}
	}
	d.passes.forgetAll()
}

// passHealth is what is known of a pass's holder in an emergency.
type passHealth struct {
	emergencyID string
	facts       HealthFacts
	dueAt       int64
}

// addHealth completes a pass with what restricts it and, in an emergency, with how
// its holder stands.
func (d *Directory) addHealth(tx *store.Tx, v *PassView) error {
	var err error
	if v.Restrictions, err = tx.RestrictionsOfPass(v.Pass); err != nil {
		return err
	}
	community, ok := d.Community(v.CommunityID)
	if !ok || community.Emergency == nil {
		return nil
	}
	e := community.Emergency
	known, err := healthOf(tx, e, []string{v.PersonID})
	if err != nil {
		return err
	}
	h, ok := known[v.PersonID]
	if !ok {
		return nil
	}
	v.Health = &h
	return nil
}

// healthOf reads how people stand in an emergency; those of whom nothing is known
// are absent.
func healthOf(tx *store.Tx, e *EmergencyView, personIDs []string) (map[string]passHealth, error) {
	standings, err := tx.StandingsOf(e.ID, personIDs)
	if err != nil {
		return nil, err
	}
	readings, err := tx.LastReadings(e.ID, personIDs, e.StartedAt-1)
	if err != nil {
		return nil, err
	}
	out := make(map[string]passHealth, len(personIDs))
	for _, id := range personIDs {
		s, standing := standings[id]
		r, measured := readings[id]
		if !standing && !measured {
			continue
		}
		h := passHealth{emergencyID: e.ID, dueAt: s.DueAt}
		if s.Facts != "" {
			if err := json.Unmarshal([]byte(s.Facts), &h.facts); err != nil {
				return nil, err
			}
		}
		h.facts.Reading = r
		out[id] = h
	}
	return out, nil
}

// PassJudged is what rows 8 and 12 of the table of decisions ask of a pass.
type PassJudged struct {
	Restricted bool
	ReportDue  bool
	ColourResult
}

// judge says how the pass stands at an instant.
func (v *PassView) judge(c *CommunityView, now int64) PassJudged {
	var out PassJudged
	for i := range v.Restrictions {
		if r := &v.Restrictions[i]; r.Effect == model.EffectBan && r.Holds(now) {
			out.Restricted = true
		}
	}
	e, ok := c.emergency(now)
	if !ok {
		return out
	}
	var h passHealth
	if v.Health != nil && v.Health.emergencyID == e.ID {
		h = *v.Health
	}
	out.ColourResult = colourOf(e.Colours, h.facts, v.Restrictions, now)
	out.ReportDue = v.Kind == passcode.Resident.String() && e.reportDue(h.dueAt, v.CreatedAt, now)
	return out
}

// firstDue is when the first report of somebody who came at an instant is due: a
// whole period after the emergency began, or after the coming.
func (e *EmergencyView) firstDue(since int64) int64 {
	if e.ReportEveryHours == 0 {
		return 0
	}
	return max(e.StartedAt, since) + int64(e.ReportEveryHours)*time.Hour.Milliseconds()
}

func (e *EmergencyView) reportDue(dueAt, since, now int64) bool {
	if e.ReportEveryHours == 0 {
		return false
	}
	if dueAt == 0 {
		dueAt = e.firstDue(since)
	}
	return now >= dueAt
}

// colour is what may be shown of a pass, empty outside an emergency.
func (v *PassView) colour(c *CommunityView, now int64) admission.Colour {
	if v == nil {
		return ""
	}
	return v.judge(c, now).Colour
}

// measured adds a temperature that was measured at an instant to what is recorded,
// in an emergency and of a known holder only, and gives the pass as it then stands.
// It is kept apart from the passage, sealed under the emergency's key: the passage's
// own row is bound by a seal and could not be cleared. What was measured before the
// emergency began is none of its data.
func (g *Gates) measured(ctx context.Context, c *CommunityView, r *store.Recording, pass *PassView, tenths int, at int64) (*PassView, error) {
	e, ok := c.emergency(r.Passage.ReceivedAt)
	if !ok || pass == nil || tenths == 0 || at < e.StartedAt {
		return pass, nil
	}
	sealed, err := g.Store.SealReading(ctx, e.ID, tenths)
	if model.IsNotFound(err) {
		return pass, nil // it ended in this moment
	}
	if err != nil {
		return nil, err
	}
	r.Reading = &model.Reading{EmergencyID: e.ID, CommunityID: c.ID, PersonID: pass.PersonID, Sealed: sealed, CreatedAt: at}
	h := passHealth{emergencyID: e.ID}
	if pass.Health != nil && pass.Health.emergencyID == e.ID {
		h = *pass.Health
	}
	// Whatever a reading's rule says of the one before or of this one must be known
	// anew, even where the colour is the same now: it lasts from this one on.
	before := e.readingCounts(&h.facts, r.Passage.ReceivedAt)
	if at >= h.facts.Reading.At {
		h.facts.Reading = model.Measured{Tenths: tenths, At: at}
	}
	r.Notable = before || e.readingCounts(&h.facts, r.Passage.ReceivedAt)
	after := *pass
	after.Health = &h
	return &after, nil
}

// readingCounts reports whether a temperature measured at a gate gives a colour.
func (e *EmergencyView) readingCounts(f *HealthFacts, now int64) bool {
	return slices.ContainsFunc(e.Colours, func(r ColourRule) bool { return r.Field == FieldReading && r.applies(f, now) })
}

// colourOfPass is the colour of a pass that is shown to its holder.
func (d *Directory) colourOfPass(tx *store.Tx, p model.Pass, now int64) (admission.Colour, error) {
	c, _ := d.Community(p.CommunityID)
	if _, ok := c.emergency(now); !ok {
		return "", nil
	}
	v := &PassView{Pass: p}
	err := d.addHealth(tx, v)
	return v.colour(c, now), err
}
