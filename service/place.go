package service

import (
	"context"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Places is the use cases of streets, committees, communities and gates.
type Places struct {
	Deps
	publicURL string
}

// NewPlaces makes the use cases of places; publicURL is where residents and
// visitors reach this server, such as https://pass.example.
func NewPlaces(d Deps, publicURL string) *Places {
	return &Places{Deps: d, publicURL: strings.TrimRight(publicURL, "/")}
}

const (
	permissionPlaceRead   model.Permission = "place.read"
	permissionPlaceManage model.Permission = "place.manage"
	permissionGateRead    model.Permission = "gate.read"
	permissionGateManage  model.Permission = "gate.manage"
)

// Streets lists the streets that the caller works in or under, by id.
func (s *Places) Streets(ctx context.Context, caller *model.Caller, p Page) (List[model.Street], error) {
	in := s.Directory.placesWithin(caller, permissionPlaceRead)
	items, err := s.Store.View(ctx).Streets(in.streets(), p.Cursor, p.Size()+1)
	return paged(items, p, func(s model.Street) string { return s.ID }), err
}

// Committees lists the committees that the caller works in, under or above, by id.
func (s *Places) Committees(ctx context.Context, caller *model.Caller, p Page) (List[model.Committee], error) {
	in := s.Directory.placesWithin(caller, permissionPlaceRead)
	items, err := s.Store.View(ctx).Committees(in.committees(), p.Cursor, p.Size()+1)
	return paged(items, p, func(c model.Committee) string { return c.ID }), err
}

// Communities lists the communities that the caller works in or above, by id.
func (s *Places) Communities(ctx context.Context, caller *model.Caller, p Page) (List[model.Community], error) {
	in := s.Directory.placesWithin(caller, permissionPlaceRead)
	items, err := s.Store.View(ctx).Communities(in.communities(), p.Cursor, p.Size()+1)
	return paged(items, p, func(c model.Community) string { return c.ID }), err
}

// CreateStreet adds a street. Errors: forbidden, invalid.
func (s *Places) CreateStreet(ctx context.Context, caller *model.Caller, name string) (model.Street, error) {
	name, err := s.mayAdd(caller, name)
	if err != nil {
		return model.Street{}, err
	}
	street := model.Street{ID: model.NewID(s.Clock.Now()), Name: name, CreatedAt: s.now()}
	return street, s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateStreet(street); err != nil {
			return err
		}
		return tx.Audit(caller, "", "street.create", "street", street.ID, nil)
	})
}

// CreateCommittee adds a committee to a street. Errors: forbidden, invalid,
// not_found for the street.
func (s *Places) CreateCommittee(ctx context.Context, caller *model.Caller, streetID, name string) (model.Committee, error) {
	name, err := s.mayAdd(caller, name)
	if err != nil {
		return model.Committee{}, err
	}
	committee := model.Committee{ID: model.NewID(s.Clock.Now()), StreetID: streetID, Name: name, CreatedAt: s.now()}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Street(streetID); err != nil {
			return err
		}
		if err := tx.CreateCommittee(committee); err != nil {
			return err
		}
		// Replicas know which street a committee is under.
		if err := tx.Changed(model.ChangeCommunity, "", committee.ID); err != nil {
			return err
		}
		return tx.Audit(caller, "", "committee.create", "committee", committee.ID, map[string]string{"street_id": streetID})
	})
	if err != nil {
		return model.Committee{}, err
	}
	s.showHere(ctx, s.Directory.LoadPlaces)
	return committee, nil
}

// mayAdd checks who adds a place that belongs to no community yet, and tidies its
// name.
func (s *Places) mayAdd(caller *model.Caller, name string) (string, error) {
	if !onPlatform(caller, permissionPlaceManage) {
		return "", model.Fail(model.CodeForbidden)
	}
	return tidyName("/name", name)
}

// tidyName is a name without space around it; one of nothing else is refused.
func tidyName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "", model.Invalid(model.FieldError{Field: field, Code: "required"})
	}
	return name, nil
}

// showLimit bounds how long an answer waits for this replica's own memory.
const showLimit = 3 * time.Second

// showHere makes a committed change hold on this replica before the caller hears
// of it. The change stands even if the caller has left or a load fails: then the
// feed brings it in a moment.
func (d *Deps) showHere(ctx context.Context, loads ...func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), showLimit)
	defer cancel()
	for _, load := range loads {
		if err := load(ctx); err != nil {
			d.Log.Warn("a change waits for the feed", "code", model.CodeOf(err))
			return
		}
	}
}
