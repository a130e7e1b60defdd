package service

import (
	"context"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// Passages is the use cases of passage records as staff see them.
type Passages struct{ Deps }

// NewPassages makes the use cases of passage records.
func NewPassages(d Deps) *Passages { return &Passages{Deps: d} }

const permissionPassageRead model.Permission = "passage.read"

// PassageView is a passage as it may be shown: with the pass by its id, and
// without the number that is in codes.
type PassageView struct {
	model.Passage
	// PassID, NameMasked and Building are empty when the code was not ours or the
	// holder is gone.
	PassID     string
	NameMasked string
	Building   string
	// StaffID is the guard who recorded it; then there is no device.
	StaffID string
}

// PassageFilter narrows a list of passages.
type PassageFilter = store.PassageFilter

// List lists a community's passages, newest first. A stranger gets not_found.
func (s *Passages) List(ctx context.Context, caller *model.Caller, communityID string, f PassageFilter, p Page) (List[PassageView], error) {
	if err := s.Directory.Reach(caller, permissionPassageRead, communityID); err != nil {
		return List[PassageView]{}, err
	}
	tx := s.Store.View(ctx)
	found, err := tx.Passages(communityID, f, p.Cursor, p.Size()+1)
	if err != nil {
		return List[PassageView]{}, err
	}
	items, err := s.passageViews(tx, communityID, found)
	if err != nil {
		return List[PassageView]{}, err
	}
	return paged(items, p, func(v PassageView) string { return v.ID }), nil
}

// Follow follows a community's new passages. Errors: not_found out of scope, then
// and later.
func (s *Passages) Follow(caller *model.Caller, communityID string) *Tail[PassageView] {
	return &Tail[PassageView]{clock: s.Clock,
		ids: func(ctx context.Context, after string, limit int) ([]string, error) {
			if err := s.Directory.Reach(caller, permissionPassageRead, communityID); err != nil {
				return nil, err
			}
			return s.Store.View(ctx).PassageIDsAfter(communityID, after, limit)
		},
		read: func(ctx context.Context, ids []string) ([]PassageView, error) {
			if len(ids) == 0 {
				return nil, nil
			}
			tx := s.Store.View(ctx)
			found, err := tx.PassagesByID(communityID, ids)
			if err != nil {
				return nil, err
			}
			return s.passageViews(tx, communityID, found)
		}}
}

// passageViews shows passages as staff may see them.
func (d *Deps) passageViews(tx *store.Tx, communityID string, found []model.Passage) ([]PassageView, error) {
	passes, names, err := holders(tx, communityID, found)
	if err != nil {
		return nil, err
	}
	items := make([]PassageView, len(found))
	for i, passage := range found {
		pass := passes[passage.PassNumber]
		passage.PassNumber, passage.CodeDigest = 0, ""
		items[i] = PassageView{Passage: passage, PassID: pass.ID, Building: pass.Building, NameMasked: names[pass.PersonID]}
		if _, device := d.Directory.Device(passage.DeviceID); !device && byGuard(&passage) {
			items[i].StaffID, items[i].DeviceID = passage.DeviceID, ""
		}
	}
	return items, nil
}

// byGuard reports ways that a guard records; a spoken code may also be typed at a gate.
func byGuard(p *model.Passage) bool { return p.Way == model.WayManual || p.Way == model.WaySpoken }

// holders reads the passes that a page of passages names, and the masked names of
// those who hold them.
func holders(tx *store.Tx, communityID string, page []model.Passage) (map[uint64]model.Pass, map[string]string, error) {
	numbers := make([]uint64, 0, len(page))
	for i := range page {
		if page[i].PassNumber != 0 {
			numbers = append(numbers, page[i].PassNumber)
		}
	}
	passes, err := tx.PassesByNumbers(communityID, numbers)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]string, 0, len(passes))
	for _, p := range passes {
		ids = append(ids, p.PersonID)
	}
	people, err := tx.Persons(ids)
	if err != nil {
		return nil, nil, err
	}
	names := make(map[string]string, len(people))
	for id, person := range people {
		names[id] = model.MaskName(person.Name)
	}
	return passes, names, nil
}

// ConflictView is a conflict as it may be shown: with the pass by its id.
type ConflictView struct {
	ID string
	// PassID is empty when the pass is gone.
	PassID string
	// WindowStart is when the code's window began, in Unix milliseconds.
	WindowStart int64
	// Direction is in or out.
	Direction  string
	Perimeter  string
	PassageIDs []string
}

// Conflicts lists a community's conflicts by id, which is in no order of time. A
// stranger gets not_found.
func (s *Passages) Conflicts(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[ConflictView], error) {
	if err := s.Directory.Reach(caller, permissionPassageRead, communityID); err != nil {
		return List[ConflictView]{}, err
	}
	tx := s.Store.View(ctx)
	found, err := tx.Conflicts(communityID, p.Cursor, p.Size()+1)
	if err != nil {
		return List[ConflictView]{}, err
	}
	numbers := make([]uint64, len(found))
	for i := range found {
		numbers[i] = found[i].PassNumber
	}
	passes, err := tx.PassesByNumbers(communityID, numbers)
	if err != nil {
		return List[ConflictView]{}, err
	}
	items := make([]ConflictView, len(found))
	for i, c := range found {
		items[i] = ConflictView{ID: c.ID, PassID: passes[c.PassNumber].ID, WindowStart: model.Millis(passcode.WindowStart(c.WindowNo)),
			Direction: admission.Direction(c.Direction).String(), Perimeter: c.Perimeter, PassageIDs: c.PassageIDs}
	}
	return paged(items, p, func(v ConflictView) string { return v.ID }), nil
}
