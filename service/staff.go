package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Permissions of this resource.
const (
	permStaffRead   model.Permission = "staff.read"
	permStaffManage model.Permission = "staff.manage"
)

// Staff is the people who work with the system, and what they may do.
type Staff struct {
	Deps
	passwords *Passwords
}

// NewStaff makes the use cases of staff.
func NewStaff(d Deps, passwords *Passwords) *Staff { return &Staff{Deps: d, passwords: passwords} }

// StaffView is a member of staff as shown to others.
type StaffView struct {
	ID       string
	Username string
	// NameMasked is empty when the person is gone.
	NameMasked   string
	State        string
	Grants       []model.Grant
	CreatedAt    int64
	LastSignInAt int64
}

// List shows the staff all of whose roles lie within the caller's reach, by id.
func (s *Staff) List(ctx context.Context, caller *model.Caller, page Page) (List[StaffView], error) {
	if caller == nil || !caller.Holds(permStaffRead) {
		return List[StaffView]{}, model.Fail(model.CodeForbidden)
	}
	tx := s.Store.View(ctx)
	accounts, err := tx.StaffWithin(reachOf(caller.Grants, permStaffRead), page.Cursor, page.Size()+1)
	if err != nil {
		return List[StaffView]{}, err
	}
	views, err := staffViews(tx, accounts...)
	if err != nil {
		return List[StaffView]{}, err
	}
	return paged(views, page, func(v StaffView) string { return v.ID }), nil
}

// staffViews adds names and roles to accounts, with one query each for all.
func staffViews(tx *store.Tx, accounts ...model.StaffAccount) ([]StaffView, error) {
	ids, people := make([]string, len(accounts)), make([]string, len(accounts))
	for i, a := range accounts {
		ids[i], people[i] = a.ID, a.PersonID
	}
	grants, err := tx.StaffGrants(ids...)
	if err != nil {
		return nil, err
	}
	persons, err := tx.Persons(people)
	if err != nil {
		return nil, err
	}
	out := make([]StaffView, len(accounts))
	for i, a := range accounts {
		out[i] = StaffView{ID: a.ID, Username: a.Username, NameMasked: model.MaskName(persons[a.PersonID].Name), State: a.State,
			Grants: grants[a.ID], CreatedAt: a.CreatedAt, LastSignInAt: a.LastSignInAt}
	}
	return out, nil
}

// staffView is staffViews of one account by its id.
func staffView(tx *store.Tx, id string) (StaffView, error) {
	account, err := tx.Staff(id)
	if err != nil {
		return StaffView{}, err
	}
	views, err := staffViews(tx, account)
	if err != nil {
		return StaffView{}, err
	}
	return views[0], nil
}
