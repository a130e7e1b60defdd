package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Households is the property company's book of homes and who lives there.
type Households struct{ Deps }

// NewHouseholds makes the use cases of households.
func NewHouseholds(d Deps) *Households { return &Households{Deps: d} }

// NewHousehold is a household to be added. Of a roster entry only name, phone,
// ID digits and relation are read.
type NewHousehold struct {
	Building, Unit, Room string
	Roster               []model.RosterEntry
}

// HouseholdView is a household with its roster as staff may see it.
type HouseholdView struct {
	model.Household
	Roster []RosterView
	// PlatesMasked are the home's vehicles.
	PlatesMasked []string
}

// RosterView is a roster entry with its personal data masked.
type RosterView struct {
	NameMasked  string
	PhoneMasked string
	Relation    string
	Claimed     bool
	LeaseUntil  int64
	AgeGroup    model.AgeGroup
}

// Create adds a household and its roster. Errors: not_found out of scope, invalid,
// conflict when the address is taken.
func (h *Households) Create(ctx context.Context, caller *model.Caller, communityID string, in NewHousehold) (HouseholdView, error) {
	if err := h.Directory.Reach(caller, "household.manage", communityID); err != nil {
		return HouseholdView{}, err
	}
	home, err := normalHome(in.Building, in.Unit, in.Room)
	if err != nil {
		return HouseholdView{}, err
	}
	if err := checkRoster(in.Roster); err != nil {
		return HouseholdView{}, err
	}
	home.ID, home.CommunityID, home.CreatedAt = model.NewID(h.Clock.Now()), communityID, h.now()
	err = h.Store.Update(ctx, func(tx *store.Tx) error { return h.create(tx, caller, home, in.Roster) })
	if err != nil {
		return HouseholdView{}, err
	}
	return HouseholdView{Household: home, Roster: rosterViews(in.Roster)}, nil
}

func (h *Households) create(tx *store.Tx, caller *model.Caller, home model.Household, roster []model.RosterEntry) error {
	if err := tx.CreateHousehold(home); err != nil {
		return err
	}
	for _, e := range roster {
		e.ID, e.CommunityID, e.HouseholdID, e.CreatedAt = model.NewID(h.Clock.Now()), home.CommunityID, home.ID, home.CreatedAt
		if err := tx.CreateRosterEntry(e); err != nil {
			return err
		}
	}
	return tx.Audit(caller, home.CommunityID, "household.create", "household", home.ID,
		map[string]string{"roster": strconv.Itoa(len(roster))})
}

// List gives a community's households in the order of their addresses, those of
// one building when it is given. Errors: not_found out of scope, invalid for a
// cursor that names no household here.
func (h *Households) List(ctx context.Context, caller *model.Caller, communityID, building string, p Page) (List[HouseholdView], error) {
	if err := h.Directory.Reach(caller, "household.read", communityID); err != nil {
		return List[HouseholdView]{}, err
	}
	tx := h.Store.View(ctx)
	var after *model.Household
	if p.Cursor != "" {
		last, err := tx.Household(communityID, p.Cursor)
		if model.IsNotFound(err) {
			return List[HouseholdView]{}, model.Invalid(model.FieldError{Field: "cursor", Code: "format"})
		}
		if err != nil {
			return List[HouseholdView]{}, err
		}
		after = &last
	}
	found, err := tx.Households(communityID, model.NormalAddress(building), after, p.Size()+1)
	if err != nil {
		return List[HouseholdView]{}, err
	}
	page := paged(found, p, func(h model.Household) string { return h.ID })
	ids := make([]string, len(page.Items))
	for i, home := range page.Items {
		ids[i] = home.ID
	}
	rosters, err := tx.Rosters(communityID, ids)
	if err != nil {
		return List[HouseholdView]{}, err
	}
	plates, err := tx.Plates(communityID, ids)
	if err != nil {
		return List[HouseholdView]{}, err
	}
	out := List[HouseholdView]{Next: page.Next}
	for _, home := range page.Items {
		v := HouseholdView{Household: home, Roster: rosterViews(rosters[home.ID])}
		for _, p := range plates[home.ID] {
			v.PlatesMasked = append(v.PlatesMasked, model.MaskPlate(p))
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

func rosterViews(entries []model.RosterEntry) []RosterView {
	out := make([]RosterView, len(entries))
	for i, e := range entries {
		out[i] = RosterView{NameMasked: model.MaskName(e.Name), PhoneMasked: model.MaskPhone(e.Phone),
			Relation: e.Relation, Claimed: e.ClaimedAt > 0, LeaseUntil: e.LeaseUntil, AgeGroup: e.AgeGroup}
	}
	return out
}

// normalHome is an address in normal form, or invalid for a part that is blank.
func normalHome(building, unit, room string) (model.Household, error) {
	h := model.Household{Building: model.NormalAddress(building), Unit: model.NormalAddress(unit), Room: model.NormalAddress(room)}
	var bad []model.FieldError
	for _, part := range []struct{ field, value string }{{"/building", h.Building}, {"/unit", h.Unit}, {"/room", h.Room}} {
		if part.value == "" {
			bad = append(bad, model.FieldError{Field: part.field, Code: "format"})
		}
	}
	if bad != nil {
		return h, model.Invalid(bad...)
	}
	return h, nil
}

// checkRoster refuses names that consist of nothing that can be compared.
func checkRoster(roster []model.RosterEntry) error {
	var bad []model.FieldError
	for i, e := range roster {
		if model.NormalName(e.Name) == "" {
			bad = append(bad, model.FieldError{Field: "/roster/" + strconv.Itoa(i) + "/name", Code: "format"})
		}
	}
	if bad != nil {
		return model.Invalid(bad...)
	}
	return nil
}
