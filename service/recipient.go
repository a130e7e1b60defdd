package service

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Recipients are the outside systems that are told (接收方).
type Recipients struct {
	Deps
	courier Courier
	nudge   func(recipientID string)
}

// NewRecipients makes the use cases of recipients. nudge tells this replica's
// forwarder that a recipient is to be tried now.
func NewRecipients(d Deps, courier Courier, nudge func(recipientID string)) *Recipients {
	return &Recipients{Deps: d, courier: courier, nudge: nudge}
}

// RecipientInput is what staff say of a recipient.
type RecipientInput struct {
	CommunityID string
	Kind        string
	// Format is cloudevents when empty.
	Format    string
	Name      string
	URL       string
	Purpose   string
	Agreement string
	// Secret, Account and DeviceCode come from the recipient's side, in the formats
	// that have such; empty in the others.
	Secret, Account, DeviceCode string
	// SM2 asks for a signature with national cryptography as well.
	SM2 bool
	// EventTypes that are wanted; nil means all that the format has words for.
	EventTypes []string
}

// RecipientShown is a recipient with what waits for it; it holds no secret.
type RecipientShown struct {
	model.Recipient
	// Waiting counts pending and leased deliveries, Dead those given up.
	Waiting, Dead int64
}

// Create registers a recipient and gives its secret, which is shown this once, or
// nothing where the recipient's side has given one.
// Errors: not_found, invalid, recipient_url_refused.
func (s *Recipients) Create(ctx context.Context, caller *model.Caller, in RecipientInput) (RecipientShown, string, error) {
	if err := s.Directory.Reach(caller, "recipient.manage", in.CommunityID); err != nil {
		return RecipientShown{}, "", err
	}
	in.Format = cmp.Or(in.Format, model.FormatCloudEvents)
	if err := checkFormat(in); err != nil {
		return RecipientShown{}, "", err
	}
	types, err := wantedTypes(in)
	if err != nil {
		return RecipientShown{}, "", err
	}
	if err := s.checkURL(ctx, in.URL); err != nil {
		return RecipientShown{}, "", err
	}
	r := model.Recipient{ID: model.NewID(s.Clock.Now()), CommunityID: in.CommunityID, Kind: in.Kind, Format: in.Format, Name: in.Name,
		URL: in.URL, Account: in.Account, DeviceCode: in.DeviceCode, State: model.StateActive, WantsSM2: in.SM2, Secret: in.Secret, EventTypes: types, FieldPolicy: newPolicy(),
		PolicyVersion: 1, Purpose: in.Purpose, Agreement: in.Agreement, CreatedBy: caller.AccountID, CreatedAt: s.now()}
	made := ""
	if r.Secret == "" {
		made = s.courier.NewSecret()
		r.Secret = made
	}
	err = s.change(ctx, caller, r, "recipient.create", nil, func(tx *store.Tx) error { return tx.CreateRecipient(r) })
	if err != nil {
		return RecipientShown{}, "", err
	}
	r.Secret = ""
	return RecipientShown{Recipient: r}, made, nil
}

// wantedTypes checks the types of a new recipient, whose format is known.
func wantedTypes(in RecipientInput) ([]string, error) {
	format := model.RecipientFormats[in.Format]
	if in.EventTypes == nil {
		all := make([]string, 0, len(model.EventFields))
		for t := range model.EventFields {
			if format.Says(t) {
				all = append(all, t)
			}
		}
		slices.Sort(all)
		return all, nil
	}
	if len(in.EventTypes) == 0 {
		return nil, model.Invalid(model.FieldError{Field: "/event_types", Code: "length", Limit: "1"})
	}
	for i, t := range in.EventTypes {
		if !format.Says(t) {
			return nil, model.Invalid(model.FieldError{Field: "/event_types/" + strconv.Itoa(i), Code: "enum"})
		}
	}
	types := slices.Clone(in.EventTypes)
	slices.Sort(types)
	return slices.Compact(types), nil
}

// checkURL leaves the judgement to the courier. Beyond ASCII a URL is written in
// more than one way, so that what was checked might not be what is called.
func (s *Recipients) checkURL(ctx context.Context, url string) error {
	for i := range len(url) {
		if url[i] <= ' ' || url[i] >= 0x7f {
			return model.Fail(model.CodeRecipientURLRefused)
		}
	}
	return s.courier.CheckURL(ctx, url)
}

// List lists the recipients of the communities that the caller reaches.
func (s *Recipients) List(ctx context.Context, caller *model.Caller, p Page) (List[RecipientShown], error) {
	tx := s.Store.View(ctx)
	found, err := tx.RecipientsOf(s.Directory.Reachable(caller, "recipient.read"), p.Cursor, p.Size()+1)
	if err != nil {
		return List[RecipientShown]{}, err
	}
	ids := make([]string, len(found))
	for i, r := range found {
		ids[i] = r.ID
	}
	counts, err := tx.CountWaiting(ids)
	if err != nil {
		return List[RecipientShown]{}, err
	}
	items := make([]RecipientShown, len(found))
	for i, r := range found {
		items[i] = RecipientShown{Recipient: r, Waiting: counts[r.ID].Waiting, Dead: counts[r.ID].Dead}
	}
	return paged(items, p, func(r RecipientShown) string { return r.ID }), nil
}

// Get reads one recipient.
func (s *Recipients) Get(ctx context.Context, caller *model.Caller, id string) (RecipientShown, error) {
	r, err := s.recipient(ctx, caller, "recipient.read", id)
	if err != nil {
		return RecipientShown{}, err
	}
	return s.shown(ctx, r)
}

func (s *Recipients) shown(ctx context.Context, r model.Recipient) (RecipientShown, error) {
	counts, err := s.Store.View(ctx).CountWaiting([]string{r.ID})
	return RecipientShown{Recipient: r, Waiting: counts[r.ID].Waiting, Dead: counts[r.ID].Dead}, err
}

// recipient reads a recipient of a community in which the caller holds a permission.
// A stranger's recipient answers like a missing one.
func (d *Deps) recipient(ctx context.Context, caller *model.Caller, p model.Permission, id string) (model.Recipient, error) {
	r, err := d.Store.View(ctx).Recipient(id)
	if err != nil {
		return model.Recipient{}, err
	}
	if err := d.Directory.Reach(caller, p, r.CommunityID); err != nil {
		return model.Recipient{}, err
	}
	return r, nil
}

// change runs fn with the audit row and the line of the feed that belong to it,
// then lets this replica know at once.
func (s *Recipients) change(ctx context.Context, caller *model.Caller, r model.Recipient, action string, detail map[string]string,
	fn func(tx *store.Tx) error) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.Audit(caller, r.CommunityID, action, "recipient", r.ID, detail); err != nil {
			return err
		}
		return tx.Changed(model.ChangeRecipient, r.CommunityID, r.ID)
	})
	if err == nil {
		s.showHere(ctx, s.Directory.LoadPlaces)
	}
	return err
}
