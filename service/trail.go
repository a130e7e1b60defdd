package service

import (
	"context"
	"regexp"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Purposes for which staff may look at somebody's trail.
const (
	TrailIncident    = "incident"
	TrailDispute     = "dispute"
	TrailRequest     = "resident_request"
	TrailEnforcement = "law_enforcement"
)

// trailSpan bounds how much of a trail one look shows.
const trailSpan = 31 * 24 * time.Hour

// What the access log calls a look at a trail, and at who was told about somebody,
// and at the further pages of each.
const (
	lookedTrail       = "trail"
	lookedTrailPage   = "trail_page"
	lookedSharing     = "sharing"
	lookedSharingPage = "sharing_page"
)

// followLook is how a look that follows somebody is called: its first page and those
// after it in the access log, and the act in the audit log.
type followLook struct{ first, more, act string }

var (
	trailLook  = followLook{lookedTrail, lookedTrailPage, "trail.read"}
	ledgerLook = followLook{lookedSharing, lookedSharingPage, "sharing.search"}
)

// TrailQuestion is whose trail staff want to see, and why. One of the three ids is
// given.
type TrailQuestion struct {
	PersonID, ResidencyID, PassID string
	Purpose, Ticket               string
	// From and Until are [From, Until), in Unix milliseconds.
	From, Until int64
}

// ticketPattern keeps names out of tickets: letters, digits and what joins them.
var ticketPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{2,63}$`)

// whyProblems checks purpose and ticket, without which nobody looks.
func whyProblems(purpose, ticket string, purposes ...string) []model.FieldError {
	var out []model.FieldError
	known := false
	for _, p := range purposes {
		known = known || p == purpose
	}
	if !known {
		out = append(out, model.FieldError{Field: "/purpose", Code: "enum"})
	}
	if !ticketPattern.MatchString(ticket) {
		out = append(out, model.FieldError{Field: "/ticket", Code: "format"})
	}
	return out
}

func (q TrailQuestion) check() error {
	out := whyProblems(q.Purpose, q.Ticket, TrailIncident, TrailDispute, TrailRequest, TrailEnforcement)
	given := 0
	for _, id := range []string{q.PersonID, q.ResidencyID, q.PassID} {
		if id != "" {
			given++
		}
	}
	if given != 1 {
		out = append(out, model.FieldError{Field: "/person_id", Code: "required"})
	}
	switch {
	case q.Until <= q.From:
		out = append(out, model.FieldError{Field: "/until", Code: "range"})
	case q.Until-q.From > trailSpan.Milliseconds():
		out = append(out, model.FieldError{Field: "/until", Code: "range", Limit: "31d"})
	}
	if len(out) > 0 {
		return model.Invalid(out...)
	}
	return nil
}

// Trail shows staff where somebody passed, and writes into that person's access
// log that they looked, in the same transaction: no log, no look. Errors: invalid
// without purpose, ticket or bounds; not_found out of scope and for somebody who
// holds nothing in the community; consent_required for resident_request while the
// person has not agreed to it.
func (s *Passages) Trail(ctx context.Context, caller *model.Caller, communityID string, q TrailQuestion, p Page) (List[PassageView], error) {
	var out List[PassageView]
	err := s.follow(ctx, caller, communityID, q, trailLook, p, func(tx *store.Tx, _ string, passes []model.Pass) (err error) {
		out, err = s.trailPage(tx, communityID, q, passes, p)
		return err
	})
	return out, err
}

// follow lets read see somebody's records once the question is one that may be asked,
// and it is written who asked it and why.
func (d *Deps) follow(ctx context.Context, caller *model.Caller, communityID string, q TrailQuestion, look followLook, p Page, read func(*store.Tx, string, []model.Pass) error) error {
	if err := d.Directory.Reach(caller, "trail.read", communityID); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	return d.Store.Update(ctx, func(tx *store.Tx) error {
		person, passes, err := followed(tx, communityID, q)
		if err != nil {
			return err
		}
		if err := mayFollow(tx, person, q); err != nil {
			return err
		}
		what := look.first
		if p.Cursor != "" {
			what = look.more
		}
		if err := d.looked(tx, caller, Look{CommunityID: communityID, Permission: "trail.read", What: what, Purpose: q.Purpose, Ticket: q.Ticket}, person); err != nil {
			return err
		}
		if err := tx.Audit(caller, communityID, look.act, "person", person, map[string]string{"purpose": q.Purpose, "ticket": q.Ticket}); err != nil {
			return err
		}
		return read(tx, person, passes)
	})
}

// mayFollow asks for the person's consent where it is on their own request.
func mayFollow(tx *store.Tx, person string, q TrailQuestion) error {
	if q.Purpose != TrailRequest {
		return nil
	}
	agreed, err := tx.Consented(person, model.ConsentTrail)
	if err == nil && !agreed {
		err = model.Fail(model.CodeConsentRequired)
	}
	return err
}

// followed finds the person by what was given, and the passes in the community. A
// person who is gone has none.
func followed(tx *store.Tx, communityID string, q TrailQuestion) (string, []model.Pass, error) {
	person := q.PersonID
	switch {
	case q.ResidencyID != "":
		r, err := tx.Residency(communityID, q.ResidencyID)
		if err != nil {
			return "", nil, err
		}
		person = r.PersonID
	case q.PassID != "":
		pass, err := tx.PassOf(communityID, q.PassID)
		if err != nil {
			return "", nil, err
		}
		person = pass.PersonID
	}
	if _, err := tx.Person(person); err != nil {
		return "", nil, err
	}
	held, err := tx.PassesOfPersons([]string{person})
	if err != nil {
		return "", nil, err
	}
	var here []model.Pass
	for _, pass := range held {
		if pass.CommunityID == communityID {
			here = append(here, pass)
		}
	}
	if len(here) == 0 && q.ResidencyID == "" {
		return "", nil, model.NotFound()
	}
	return person, here, nil
}

func (d *Deps) trailPage(tx *store.Tx, communityID string, q TrailQuestion, passes []model.Pass, p Page) (List[PassageView], error) {
	_, numbers := byNumber(passes)
	found, err := tx.Trail(store.TrailFilter{CommunityID: communityID, PassNumbers: numbers, From: q.From, Until: q.Until}, p.Cursor, p.Size()+1)
	if err != nil {
		return List[PassageView]{}, err
	}
	items, err := d.passageViews(tx, communityID, found)
	if err != nil {
		return List[PassageView]{}, err
	}
	return paged(items, p, func(v PassageView) string { return v.ID }), nil
}
