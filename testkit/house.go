// Package testkit holds what tests and the demo share: a migrated database, a
// house with keys, places and named people, and the standard refusals.
package testkit

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// Noon is when tests take place: 2026-11-22 12:00 in Beijing.
var Noon = time.Date(2026, time.November, 22, 4, 0, 0, 0, time.UTC)

// House is a migrated database with keys, one street, one committee and two
// communities, and a clock that stands still until it is moved.
type House struct {
	Deps      service.Deps
	Store     *store.Store
	DSN       string
	Clock     *model.MovableClock
	Master    gm.Master
	Directory *service.Directory
	Street    model.Street
	Committee model.Committee
	// Garden is the community most tests play in; Harbour is the strangers'.
	Garden, Harbour Community
}

// Community is a community with its gates.
type Community struct {
	model.Community
	// Entrance and Back share the perimeter "site"; UnitDoor is of "building-1".
	Entrance, Back, UnitDoor model.Gate
}

// NewHouse builds a house that is torn down with the test. It stands on a SQLite
// file in a temporary folder, or on TEST_MYSQL_DSN when that is set.
func NewHouse(t testing.TB) *House {
	t.Helper()
	clock := model.FrozenClock(Noon)
	h := &House{Clock: clock, Master: gm.NewMaster()}
	h.Store, h.DSN = OpenStore(t, clock)
	h.Directory = service.NewDirectory(h.Store, h.Master)
	h.Deps = service.Deps{Store: h.Store, Clock: clock, Directory: h.Directory, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	ctx := context.Background()
	for _, p := range []model.KeyPurpose{model.KeyData, model.KeySession, model.KeyIndex, model.KeyPlatform} {
		h.addKey(t, p, "")
	}
	if err := h.Directory.LoadKeys(ctx); err != nil {
		t.Fatal(err)
	}
	now := model.Millis(clock.Now())
	h.Street = model.Street{ID: h.ID(), Name: "望江街道", CreatedAt: now}
	h.Committee = model.Committee{ID: h.ID(), StreetID: h.Street.ID, Name: "春晓居委会", CreatedAt: now}
	h.must(t, func(tx *store.Tx) error {
		if err := tx.CreateStreet(h.Street); err != nil {
			return err
		}
		return tx.CreateCommittee(h.Committee)
	})
	h.Garden = h.community(t, "春晓花园", 1)
	h.Harbour = h.community(t, "望江苑", 2)
	if err := h.Directory.Load(ctx); err != nil {
		t.Fatal(err)
	}
	return h
}

// ID makes an id at the house's time.
func (h *House) ID() string { return model.NewID(h.Clock.Now()) }

// Update runs a transaction that must succeed, then reloads the directory.
func (h *House) Update(t testing.TB, fn func(tx *store.Tx) error) {
	t.Helper()
	h.must(t, fn)
	if err := h.Directory.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Manager is the caller of a property manager of a community.
func (h *House) Manager(c Community) *model.Caller {
	return h.StaffCaller(model.RolePropertyManager, model.ScopeCommunity, c.ID)
}

// StaffCaller is a caller with one role in one scope and no stored account.
func (h *House) StaffCaller(r model.Role, k model.ScopeKind, scopeID string) *model.Caller {
	return &model.Caller{Kind: model.CallerStaff, AccountID: h.ID(), PersonID: h.ID(), SessionID: h.ID(),
		Grants: []model.Grant{{Role: r, ScopeKind: k, ScopeID: scopeID}}}
}

// Person stores a person.
func (h *House) Person(t testing.TB, name, phone string) model.Person {
	t.Helper()
	p := model.Person{ID: h.ID(), Name: name, Phone: phone, CreatedAt: model.Millis(h.Clock.Now())}
	h.must(t, func(tx *store.Tx) error { return tx.CreatePerson(p) })
	return p
}

// Pass gives a person a resident's pass in a community.
func (h *House) Pass(t testing.TB, c Community, p model.Person) model.Pass {
	t.Helper()
	now := model.Millis(h.Clock.Now())
	pass := model.Pass{ID: h.ID(), Number: model.NewPassNumber(), CommunityID: c.ID, PersonID: p.ID, Kind: "resident",
		AccessGroup: 1, Building: "1", State: model.PassActive, ValidFrom: now, CreatedAt: now}
	h.must(t, func(tx *store.Tx) error { return tx.CreatePass(pass) })
	return pass
}

// Device enrols a device at a gate and gives its token.
func (h *House) Device(t testing.TB, g model.Gate) (model.Device, string) {
	t.Helper()
	token := model.NewSecret("dt")
	d := model.Device{ID: h.ID(), CommunityID: g.CommunityID, GateID: g.ID, Name: "读头", Profile: "reader",
		TokenHash: gm.HashToken(token), State: model.StateActive, EnrolledAt: model.Millis(h.Clock.Now())}
	h.Update(t, func(tx *store.Tx) error { return tx.CreateDevice(d) })
	return d, token
}

func (h *House) must(t testing.TB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := h.Store.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func (h *House) addKey(t testing.TB, p model.KeyPurpose, communityID string) {
	t.Helper()
	k, err := gm.Generate(h.Master, p, communityID, 1, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	k.State, k.ActivatedAt = model.KeyActive, k.CreatedAt
	h.must(t, func(tx *store.Tx) error { return tx.CreateKey(k) })
}

func (h *House) community(t testing.TB, name string, number uint32) Community {
	t.Helper()
	now := model.Millis(h.Clock.Now())
	c := Community{Community: model.Community{ID: h.ID(), CommitteeID: h.Committee.ID, Number: number, Name: name,
		Mode: model.ModeOrdinary, RuleVersion: 1, CreatedAt: now}}
	gate := func(name, perimeter string) model.Gate {
		return model.Gate{ID: h.ID(), CommunityID: c.ID, Name: name, Kind: "entrance", Direction: "both",
			Perimeter: perimeter, Fallback: "ask_guard", Passback: "off", CreatedAt: now}
	}
	c.Entrance, c.Back, c.UnitDoor = gate("东门", "site"), gate("西门", "site"), gate("1号楼单元门", "building-1")
	h.addKey(t, model.KeyPass, c.ID)
	h.must(t, func(tx *store.Tx) error {
		if err := tx.CreateCommunity(c.Community); err != nil {
			return err
		}
		if err := tx.CreateRules(model.RuleSet{CommunityID: c.ID, Version: 1, Body: `{"version":1}`, CreatedAt: now}); err != nil {
			return err
		}
		if err := tx.CreateGroup(model.AccessGroup{CommunityID: c.ID, Number: 1, Name: "居民", Body: `{"all":true}`, CreatedAt: now}); err != nil {
			return err
		}
		for _, g := range []model.Gate{c.Entrance, c.Back, c.UnitDoor} {
			if err := tx.CreateGate(g); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}
