package service

import (
	"context"
	"strings"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"

	"github.com/go-json-experiment/json/jsontext"
)

// shared is the line of the sharing ledger that a delivery leaves.
func (t *turn) shared(r sendResult) model.Shared {
	now := t.Clock.Now()
	return model.Shared{ID: model.NewID(now), At: model.Millis(now), CommunityID: r.d.CommunityID, RecipientID: r.told.ID,
		RecipientKind: r.told.Kind, RecipientName: r.told.Name, EventID: r.d.ID, EventType: r.d.Type, Subject: r.d.Subject,
		Fields: strings.Join(memberNames(r.body), ","), PolicyVersion: r.told.PolicyVersion, Purpose: r.told.Purpose,
		Agreement: r.told.Agreement, SM3: r.outcome.SM3}
}

// memberNames are the names of a JSON object's members, in their order. Of a body
// that breaks off it gives those before.
func memberNames(body string) []string {
	d := jsontext.NewDecoder(strings.NewReader(body), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return nil
	}
	var out []string
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return out
		}
		out = append(out, name.String())
		if d.SkipValue() != nil {
			return out
		}
	}
	return out
}

// SharedFilter narrows the ledger of a community; empty and zero are all.
type SharedFilter = store.SharedFilter

// Shared lists what a recipient was told in [from, until) (Unix milliseconds; 0 for
// no bound), newest first. Errors: not_found.
func (s *Deliveries) Shared(ctx context.Context, caller *model.Caller, recipientID string, from, until int64, p Page) (List[model.Shared], error) {
	r, err := s.recipient(ctx, caller, "recipient.read", recipientID)
	if err != nil {
		return List[model.Shared]{}, err
	}
	return s.sharedIn(ctx, r.CommunityID, SharedFilter{RecipientID: r.ID, From: from, Until: until}, p)
}

// SharedIn lists what the recipients of a community were told, newest first. Errors:
// not_found out of scope and for a recipient of another community.
func (s *Deliveries) SharedIn(ctx context.Context, caller *model.Caller, communityID string, f SharedFilter, p Page) (List[model.Shared], error) {
	if err := s.Directory.Reach(caller, "recipient.read", communityID); err != nil {
		return List[model.Shared]{}, err
	}
	if f.RecipientID != "" {
		// The index of a recipient would be walked in vain for one of elsewhere.
		r, err := s.recipient(ctx, caller, "recipient.read", f.RecipientID)
		if err != nil {
			return List[model.Shared]{}, err
		}
		if r.CommunityID != communityID {
			return List[model.Shared]{}, model.NotFound()
		}
	}
	return s.sharedIn(ctx, communityID, f, p)
}

func (s *Deliveries) sharedIn(ctx context.Context, communityID string, f SharedFilter, p Page) (List[model.Shared], error) {
	found, err := s.Store.View(ctx).SharedIn(communityID, f, p.Cursor, p.Size()+1)
	if err != nil {
		return List[model.Shared]{}, err
	}
	return paged(found, p, sharedID), nil
}

func sharedID(r model.Shared) string { return r.ID }

// SharedAbout shows staff who was told about somebody, by the rules of a trail
// ([Passages.Trail]): the lines say when somebody passed, if not where. That they
// looked is written into the person's access log in the same transaction. Errors:
// those of Trail.
func (s *Deliveries) SharedAbout(ctx context.Context, caller *model.Caller, communityID string, q TrailQuestion, p Page) (List[model.Shared], error) {
	var out List[model.Shared]
	err := s.follow(ctx, caller, communityID, q, ledgerLook, p, func(tx *store.Tx, person string, _ []model.Pass) error {
		found, err := tx.SharedAboutIn(communityID, person, q.From, q.Until, p.Cursor, p.Size()+1)
		out = paged(found, p, sharedID)
		return err
	})
	return out, err
}

// OwnShared is a line of the ledger as it is shown to whom it is about.
type OwnShared struct {
	model.Shared
	CommunityName string
}

// Shared shows a person, the caller unless another is named, which outside systems
// were told about them, newest first. Errors: not_found for somebody whom the caller
// does not carry.
func (p *Privacy) Shared(ctx context.Context, caller *model.Caller, personID string, page Page) (List[OwnShared], error) {
	tx := p.Store.View(ctx)
	person, err := whose(tx, caller, personID)
	if err != nil {
		return List[OwnShared]{}, err
	}
	found, err := tx.SharedAbout(person, page.Cursor, page.Size()+1)
	if err != nil {
		return List[OwnShared]{}, err
	}
	cut := paged(found, page, sharedID)
	out := List[OwnShared]{Next: cut.Next}
	for _, r := range cut.Items {
		out.Items = append(out.Items, OwnShared{r, p.communityName(r.CommunityID)})
	}
	return out, nil
}
