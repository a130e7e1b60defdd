package service

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Visits lets people in who do not live there: invited by residents, or asking at
// the gate; agreed to by a chain of people of whom none may end it by silence.
type Visits struct {
	Deps
	codes     *Codes
	publicURL string
}

// NewVisits makes the use cases of visits; publicURL is where visitors reach this
// server, such as https://pass.example.
func NewVisits(d Deps, codes *Codes, publicURL string) *Visits {
	return &Visits{Deps: d, codes: codes, publicURL: strings.TrimRight(publicURL, "/")}
}

const (
	permissionVisitRead   model.Permission = "visit.read"
	permissionVisitDecide model.Permission = "visit.decide"
	permissionVisitInvite model.Permission = "visit.invite"
	permissionVisitPolicy model.Permission = "visit.policy"
	permissionApprovals   model.Permission = "approval.read"
)

// VisitView is a visit as residents and staff see it.
type VisitView struct {
	model.Visit
	CommunityName string
	Household     model.Household
	NameMasked    string
	PhoneMasked   string
	Group         admission.Group
	Gates         []model.Gate
	// WaitsFor is who may answer now; empty when nobody has to.
	WaitsFor []model.Answerer
	// Answers is the whole chain so far, for one visit and not in lists.
	Answers []model.Approval
}

// Get shows one visit. Errors: not_found for one that is not of the caller's
// household or scope.
func (s *Visits) Get(ctx context.Context, caller *model.Caller, id string) (VisitView, error) {
	v, err := s.find(ctx, caller, id, permissionVisitRead)
	if err != nil {
		return VisitView{}, err
	}
	return s.view(ctx, v)
}

// VisitQuery narrows the list of visits.
type VisitQuery struct {
	// CommunityID is for staff; without it they see all their communities.
	CommunityID string
	State       model.VisitState
	Kind        model.VisitKind
}

// List gives the visits of the caller's households, or of the communities in which
// staff may see visits, newest first. Errors: not_found for a community out of
// scope.
func (s *Visits) List(ctx context.Context, caller *model.Caller, q VisitQuery, p Page) (List[VisitView], error) {
	tx := s.Store.View(ctx)
	scope, err := s.scopeOf(tx, caller, q.CommunityID)
	if err != nil {
		return List[VisitView]{}, err
	}
	found, err := tx.Visits(scope, store.VisitFilter{State: q.State, Kind: q.Kind}, p.Cursor, p.Size()+1)
	if err != nil {
		return List[VisitView]{}, err
	}
	page := paged(found, p, func(v model.Visit) string { return v.ID })
	views, err := s.views(tx, page.Items)
	return List[VisitView]{Items: views, Next: page.Next}, err
}

func (s *Visits) scopeOf(tx *store.Tx, caller *model.Caller, communityID string) (store.VisitScope, error) {
	if caller.Kind == model.CallerPerson {
		homes, err := s.homesOf(tx, caller.PersonID)
		if communityID != "" {
			homes = ofCommunity(homes, communityID)
		}
		return store.VisitScope{Homes: visitHomes(homes)}, err
	}
	if communityID == "" {
		return store.VisitScope{Communities: s.Directory.Reachable(caller, permissionVisitRead)}, nil
	}
	return store.VisitScope{Communities: []string{communityID}}, s.Directory.Reach(caller, permissionVisitRead, communityID)
}

func ofCommunity(residencies []model.Residency, communityID string) []model.Residency {
	var out []model.Residency
	for _, r := range residencies {
		if r.CommunityID == communityID {
			out = append(out, r)
		}
	}
	return out
}

// homesOf are the residencies by which a person speaks for a home.
func (s *Visits) homesOf(tx *store.Tx, personID string) ([]model.Residency, error) {
	found, err := tx.ResidenciesOfPerson(personID, model.ResidencyActive, ownResidencies)
	var out []model.Residency
	for _, r := range found {
		// A lease that is over gives nothing, also before the job has come by.
		if r.Relation != relationHelper && r.Lives(s.now()) {
			out = append(out, r)
		}
	}
	return out, err
}

func visitHomes(residencies []model.Residency) []store.VisitHome {
	out := make([]store.VisitHome, len(residencies))
	for i, r := range residencies {
		out[i] = store.VisitHome{HouseholdID: r.HouseholdID, Since: livesSince(r)}
	}
	return out
}

// livesSince is from when a resident sees the visits of the home: what its former
// residents were visited by is not theirs to see.
func livesSince(r model.Residency) int64 {
	if r.DecidedAt != 0 {
		return r.DecidedAt
	}
	return r.CreatedAt
}

// find reads a visit that the caller may see, or may act on by the permission.
// Whatever else it is, it is not_found.
func (s *Visits) find(ctx context.Context, caller *model.Caller, id string, p model.Permission) (model.Visit, error) {
	tx := s.Store.View(ctx)
	v, err := tx.Visit(id)
	if err != nil {
		return model.Visit{}, err
	}
	if caller.Kind == model.CallerStaff {
		return v, s.Directory.Reach(caller, p, v.CommunityID)
	}
	homes, err := s.homesOf(tx, caller.PersonID)
	if err != nil {
		return model.Visit{}, err
	}
	for _, r := range homes {
		if r.HouseholdID == v.HouseholdID && r.CommunityID == v.CommunityID && v.ID >= model.IDFloor(livesSince(r)) {
			return v, nil
		}
	}
	return model.Visit{}, model.NotFound()
}

// view completes one visit with its chain.
func (s *Visits) view(ctx context.Context, v model.Visit) (VisitView, error) {
	tx := s.Store.View(ctx)
	views, err := s.views(tx, []model.Visit{v})
	if err != nil {
		return VisitView{}, err
	}
	views[0].Answers, err = tx.ApprovalsOf(v.CommunityID, v.ID)
	return views[0], err
}

// views looks up homes, names and who is asked, with one query each.
func (s *Visits) views(tx *store.Tx, visits []model.Visit) ([]VisitView, error) {
	var homes, people, ids []string
	for _, v := range visits {
		homes, people, ids = append(homes, v.HouseholdID), append(people, v.VisitorID), append(ids, v.ID)
	}
	households, err := tx.HouseholdsByID(homes)
	if err != nil {
		return nil, err
	}
	persons, err := tx.Persons(people)
	if err != nil {
		return nil, err
	}
	pending, err := tx.PendingApprovals(ids)
	if err != nil {
		return nil, err
	}
	out := make([]VisitView, len(visits))
	for i, v := range visits {
		who := persons[v.VisitorID]
		out[i] = VisitView{Visit: v, Household: households[v.HouseholdID], NameMasked: model.MaskName(who.Name), PhoneMasked: model.MaskPhone(who.Phone)}
		for _, a := range pending[v.ID] {
			out[i].WaitsFor = append(out[i].WaitsFor, a.Answerer)
		}
		if err := s.completePlace(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// completePlace adds what memory knows of the visit's community and gates.
func (s *Visits) completePlace(v *VisitView) error {
	if err := json.Unmarshal([]byte(v.Opens), &v.Group); err != nil {
		return err
	}
	community, ok := s.Directory.Community(v.CommunityID)
	if !ok {
		return nil
	}
	v.CommunityName = community.Name
	for _, id := range v.Group.Gates {
		if g, ok := s.Directory.Gate(id); ok && g.CommunityID == v.CommunityID {
			v.Gates = append(v.Gates, g.Gate)
		}
	}
	return nil
}

// change lets fn change a visit that nobody else changes meanwhile, and gives it as
// it then is.
func (s *Visits) change(ctx context.Context, v model.Visit, fn func(tx *store.Tx, v *model.Visit) error) (model.Visit, error) {
	var out model.Visit
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		// The UPDATE comes first, so that what is read after it is the last word.
		if err := tx.LockVisit(v.CommunityID, v.ID); err != nil {
			return err
		}
		held, err := tx.Visit(v.ID)
		if err != nil {
			return err
		}
		if err := fn(tx, &held); err != nil {
			return err
		}
		out, err = tx.Visit(v.ID)
		return err
	})
	if err == nil {
		s.forget(ctx, out)
	}
	return out, err
}

// forget lets this replica know at once what the others hear by the feed.
func (s *Visits) forget(ctx context.Context, v model.Visit) {
	if p, err := s.Store.View(ctx).PassOfVisit(v.CommunityID, v.ID); err == nil {
		s.Directory.forgetPass(p)
	}
}

// stateOf is the answer to whoever was not the first.
func stateOf(v *model.Visit) error {
	return &model.Error{Code: model.CodeStateChanged, State: string(v.State)}
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
