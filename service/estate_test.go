package service_test

import (
	"context"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// estate is a house with one home in the garden, 3-1-1201, whose roster knows
// 王芳 (owner, with ID digits), 李雷 (tenant, without) and 韩梅 (family, no phone).
type estate struct {
	*testkit.House
	home        service.HouseholdView
	households  *service.Households
	residencies *service.Residencies
	residents   *service.Residents
	codes       *service.Codes
}

const (
	phoneWang = "13800000001"
	phoneLi   = "13800000002"
)

// phones stands for WeChat: a code "code-N" vouches for phone N.
type phones struct{}

func (phones) PhoneNumber(_ context.Context, code string) (string, error) {
	if phone, ok := map[string]string{"code-wang": phoneWang, "code-li": phoneLi, "code-none": ""}[code]; ok {
		return phone, nil
	}
	return "", model.Fail(model.CodeWechatCodeInvalid)
}

func newEstate(t testing.TB) *estate {
	t.Helper()
	h := testkit.NewHouse(t)
	e := &estate{House: h, households: service.NewHouseholds(h.Deps), residencies: service.NewResidencies(h.Deps),
		residents: service.NewResidents(h.Deps, phones{}), codes: service.NewCodes(h.Deps)}
	e.home = e.addHome(t, "1201室")
	return e
}

// addHome adds a home beside the first, with the same roster.
func (e *estate) addHome(t testing.TB, room string) service.HouseholdView {
	t.Helper()
	home, err := e.households.Create(context.Background(), e.Manager(e.Garden), e.Garden.ID, service.NewHousehold{
		Building: "3号楼", Unit: "1单元", Room: room, Roster: []model.RosterEntry{
			{Name: "王芳", Phone: phoneWang, IDLast4: "123X", Relation: "owner"},
			{Name: "李雷", Phone: phoneLi, Relation: "tenant"},
			{Name: "韩梅", Relation: "family"},
		}})
	if err != nil {
		t.Fatal(err)
	}
	return home
}

// wangNext is 王芳's claim to a home that is added for it.
func (e *estate) wangNext(t testing.TB) service.Claim {
	t.Helper()
	c := e.wang()
	c.Room = e.addHome(t, model.NewCode(8)).Room
	return c
}

// resident stores a person and gives its caller; name and phone may be empty.
func (e *estate) resident(t testing.TB, name, phone string) *model.Caller {
	t.Helper()
	p := e.Person(t, name, phone)
	return &model.Caller{Kind: model.CallerPerson, AccountID: e.ID(), PersonID: p.ID, SessionID: e.ID()}
}

// wang is what 王芳 says of her home.
func (e *estate) wang() service.Claim {
	return service.Claim{CommunityID: e.Garden.ID, Building: "3", Unit: "1", Room: "1201", Name: "王芳", Relation: "owner"}
}

// mustClaim claims and expects a status.
func (e *estate) mustClaim(t testing.TB, who *model.Caller, c service.Claim, status string) service.ResidencyView {
	t.Helper()
	v, err := e.residencies.Claim(context.Background(), who, c)
	if err != nil {
		t.Fatal(err)
	}
	if v.Status != status {
		t.Fatalf("the claim is %s, want %s", v.Status, status)
	}
	return v
}

// passes are all that somebody holds.
func (e *estate) passes(t testing.TB, who *model.Caller) []service.HeldPass {
	t.Helper()
	list, err := e.residents.Passes(context.Background(), who, service.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}
