package service

import (
	"cmp"
	"context"
	"crypto/rand"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// NewGate is a gate as asked for; what is empty gets its default.
type NewGate struct {
	Name      string
	Perimeter string
	// Kind is entrance (default), unit_door, barrier or turnstile.
	Kind string
	// Direction is in, out or both (default).
	Direction string
	// Fallback is ask_guard (default), residents_only or closed.
	Fallback string
	// Passback is off (default), soft or hard.
	Passback string
}

// Gates lists a community's gates by id. A stranger gets not_found.
func (s *Places) Gates(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[model.Gate], error) {
	if err := s.Directory.Reach(caller, permissionGateRead, communityID); err != nil {
		return List[model.Gate]{}, err
	}
	items, err := s.Store.View(ctx).Gates(communityID, p.Cursor, p.Size()+1)
	return paged(items, p, func(g model.Gate) string { return g.ID }), err
}

// CreateGate adds a gate and its poster code. Errors: not_found to a stranger,
// invalid.
func (s *Places) CreateGate(ctx context.Context, caller *model.Caller, communityID string, in NewGate) (model.Gate, error) {
	if err := s.Directory.Reach(caller, permissionGateManage, communityID); err != nil {
		return model.Gate{}, err
	}
	name, err := tidyName("/name", in.Name)
	if err != nil {
		return model.Gate{}, err
	}
	gate := model.Gate{ID: model.NewID(s.Clock.Now()), CommunityID: communityID, Name: name, Perimeter: in.Perimeter,
		Kind: cmp.Or(in.Kind, "entrance"), Direction: cmp.Or(in.Direction, "both"),
		Fallback: cmp.Or(in.Fallback, string(admission.FallbackAskGuard)), Passback: cmp.Or(in.Passback, string(admission.PassbackOff)),
		CreatedAt: s.now()}
	err = s.Store.Update(ctx, func(tx *store.Tx) error { return s.createGate(tx, caller, gate) })
	if err != nil {
		return model.Gate{}, err
	}
	s.showHere(ctx, s.Directory.LoadPlaces)
	return gate, nil
}

func (s *Places) createGate(tx *store.Tx, caller *model.Caller, gate model.Gate) error {
	if err := tx.CreateGate(gate); err != nil {
		return err
	}
	poster := model.EntryCode{Code: newEntryCode(), CommunityID: gate.CommunityID, GateID: gate.ID, CreatedAt: gate.CreatedAt}
	if err := tx.CreateEntryCode(poster); err != nil {
		return err
	}
	if err := tx.Changed(model.ChangeGate, gate.CommunityID, gate.ID); err != nil {
		return err
	}
	return tx.Audit(caller, gate.CommunityID, "gate.create", "gate", gate.ID, map[string]string{"perimeter": gate.Perimeter})
}

// Poster is an entry code with the address that its QR shows.
type Poster struct {
	model.EntryCode
	URL string
}

// EntryCodes lists the living poster codes of a community's gates, by code.
func (s *Places) EntryCodes(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[Poster], error) {
	if err := s.Directory.Reach(caller, permissionGateRead, communityID); err != nil {
		return List[Poster]{}, err
	}
	codes, err := s.Store.View(ctx).EntryCodes(communityID, p.Cursor, p.Size()+1)
	items := make([]Poster, len(codes))
	for i, c := range codes {
		items[i] = Poster{c, s.publicURL + "/e/" + c.Code}
	}
	return paged(items, p, func(c Poster) string { return c.Code }), err
}

const (
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	// entryCodeLength in base 62 holds 130 bits; 128 are asked for.
	entryCodeLength = 22
)

// newEntryCode draws a poster code. Bytes that would make some characters likelier
// than others are thrown away.
func newEntryCode() string {
	const fair = 256 - 256%len(base62)
	var buf [64]byte
	code := make([]byte, 0, entryCodeLength)
	for len(code) < entryCodeLength {
		_, _ = rand.Read(buf[:]) // never fails: it ends the program instead
		for _, b := range buf {
			if int(b) < fair && len(code) < entryCodeLength {
				code = append(code, base62[int(b)%len(base62)])
			}
		}
	}
	return string(code)
}
