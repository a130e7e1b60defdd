package simulator

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"

	"github.com/pquerna/otp/totp"
)

// Services are the use cases with which a world is settled: the same that people
// call, so that what the demo shows was made the way everything else is.
type Services struct {
	Deps        service.Deps
	Sessions    *service.Sessions
	Staff       *service.Staff
	Places      *service.Places
	Households  *service.Households
	Residents   *service.Residents
	Residencies *service.Residencies
	Devices     *service.Devices
	Recipients  *service.Recipients
}

// Settled is a world as it stands in a database, with the secrets that were shown
// once. The demo keeps it beside its database; nobody else may.
type Settled struct {
	StreetID    string             `json:"street_id"`
	CommitteeID string             `json:"committee_id"`
	Communities []SettledCommunity `json:"communities"`
	Staff       []SettledStaff     `json:"staff"`
	Residents   []SettledResident  `json:"residents"`
	RecipientID string             `json:"recipient_id"`
	Secret      string             `json:"secret"`
	// CityRecipientID is the platform of the city.
	CityRecipientID string `json:"city_recipient_id"`
}

// SettledCommunity is a community with its gates.
type SettledCommunity struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Gates []SettledGate `json:"gates"`
}

// SettledGate is a gate with the device that stands at it and its poster.
type SettledGate struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Direction   string `json:"direction"`
	Perimeter   string `json:"perimeter"`
	DeviceToken string `json:"device_token"`
	EntryCode   string `json:"entry_code"`
	EntryURL    string `json:"entry_url"`
}

// SettledStaff is a member of staff with what they sign in by.
type SettledStaff struct {
	Username    string      `json:"username"`
	Name        string      `json:"name"`
	Password    string      `json:"password"`
	TOTPSecret  string      `json:"totp_secret"`
	Grant       model.Grant `json:"grant"`
	CommunityID string      `json:"community_id"`
}

// SettledResident is somebody whose household is claimed and who has a pass.
type SettledResident struct {
	Name        string `json:"name"`
	WechatCode  string `json:"wechat_code"`
	PersonID    string `json:"person_id"`
	CommunityID string `json:"community_id"`
	PassID      string `json:"pass_id"`
}

// Settle makes the world's people, places and devices. recipientURL is where the
// property system of the first community listens; empty for none.
// cityURL is where a platform of GA/T 1400 does, that knows the simulated account;
// empty for none.
func Settle(ctx context.Context, w World, s Services, recipientURL, cityURL string) (Settled, error) {
	settler := &settler{ctx: ctx, world: w, s: s, scopes: map[string]string{}, staff: map[string]*model.Caller{}}
	for _, step := range []func() error{settler.places, settler.employ, settler.build, settler.moveIn} {
		if err := step(); err != nil {
			return Settled{}, fmt.Errorf("settle: %w", err)
		}
	}
	if recipientURL != "" {
		if err := settler.connect(recipientURL); err != nil {
			return Settled{}, fmt.Errorf("settle: %w", err)
		}
	}
	if cityURL != "" {
		if err := settler.cascade(cityURL); err != nil {
			return Settled{}, fmt.Errorf("settle: %w", err)
		}
	}
	return settler.out, nil
}

type settler struct {
	ctx    context.Context
	world  World
	s      Services
	out    Settled
	scopes map[string]string        // name of a place → id
	staff  map[string]*model.Caller // username → caller
}

// places makes the first administrator, who makes the places.
func (t *settler) places() error {
	admin := t.world.Staff[0]
	token, err := t.s.Staff.NewBootstrapToken(t.ctx)
	if err != nil {
		return err
	}
	password := NewPassword()
	made, err := t.s.Staff.Bootstrap(t.ctx, token, service.NewStaffMember{Username: admin.Username, Password: password, Name: admin.Name})
	if err != nil {
		return err
	}
	t.hired(admin, password, made)
	by := t.staff[admin.Username]
	street, err := t.s.Places.CreateStreet(t.ctx, by, t.world.Street)
	if err != nil {
		return err
	}
	committee, err := t.s.Places.CreateCommittee(t.ctx, by, street.ID, t.world.Committee)
	if err != nil {
		return err
	}
	t.out.StreetID, t.out.CommitteeID = street.ID, committee.ID
	t.scopes[t.world.Street], t.scopes[t.world.Committee] = street.ID, committee.ID
	for _, c := range t.world.Communities {
		community, err := t.s.Places.CreateCommunity(t.ctx, by, committee.ID, c.Name)
		if err != nil {
			return err
		}
		t.scopes[c.Name] = community.ID
		t.out.Communities = append(t.out.Communities, SettledCommunity{ID: community.ID, Name: c.Name})
	}
	return nil
}

// employ makes everybody else who works here.
func (t *settler) employ() error {
	by := t.staff[t.world.Staff[0].Username]
	for _, m := range t.world.Staff[1:] {
		password := NewPassword()
		made, err := t.s.Staff.Create(t.ctx, by, service.NewStaffMember{Username: m.Username, Password: password, Name: m.Name, Phone: m.Phone,
			Grant: model.Grant{Role: m.Role, ScopeKind: m.ScopeKind, ScopeID: t.scopes[m.Scope]}})
		if err != nil {
			return err
		}
		t.hired(m, password, made)
	}
	return nil
}

func (t *settler) hired(m StaffMember, password string, made service.StaffMade) {
	grant := model.Grant{Role: m.Role, ScopeKind: m.ScopeKind, ScopeID: t.scopes[m.Scope]}
	staff := SettledStaff{Username: m.Username, Name: m.Name, Password: password, TOTPSecret: made.TOTPSecret, Grant: grant}
	if m.ScopeKind == model.ScopeCommunity {
		staff.CommunityID = grant.ScopeID
	}
	t.out.Staff = append(t.out.Staff, staff)
	t.staff[m.Username] = &model.Caller{Kind: model.CallerStaff, AccountID: made.Staff.ID, Grants: []model.Grant{grant}}
}

// manager is the property manager of a community.
func (t *settler) manager(communityID string) *model.Caller {
	for _, m := range t.out.Staff {
		if m.Grant.Role == model.RolePropertyManager && m.CommunityID == communityID {
			return t.staff[m.Username]
		}
	}
	return nil
}

// build puts up gates with a device each, and homes with their rosters.
func (t *settler) build() error {
	for i, c := range t.world.Communities {
		by := t.manager(t.out.Communities[i].ID)
		for _, g := range c.Gates {
			gate, err := t.gate(by, t.out.Communities[i].ID, g)
			if err != nil {
				return err
			}
			t.out.Communities[i].Gates = append(t.out.Communities[i].Gates, gate)
		}
		if err := t.posters(by, &t.out.Communities[i]); err != nil {
			return err
		}
		for _, h := range c.Households {
			in := service.NewHousehold{Building: h.Building, Unit: h.Unit, Room: h.Room}
			for _, p := range h.Roster {
				in.Roster = append(in.Roster, model.RosterEntry{Name: p.Name, Phone: p.Phone, IDLast4: p.IDLast4, Relation: p.Relation})
			}
			if _, err := t.s.Households.Create(t.ctx, by, t.out.Communities[i].ID, in); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *settler) gate(by *model.Caller, communityID string, g CastGate) (SettledGate, error) {
	gate, err := t.s.Places.CreateGate(t.ctx, by, communityID, service.NewGate{Name: g.Name, Perimeter: g.Perimeter, Kind: g.Kind,
		Direction: g.Direction, Fallback: g.Fallback, Passback: g.Passback})
	if err != nil {
		return SettledGate{}, err
	}
	enrolment, err := t.s.Devices.CreateEnrolment(t.ctx, by, gate.ID, "reader")
	if err != nil {
		return SettledGate{}, err
	}
	device, err := t.s.Devices.Enrol(t.ctx, service.Enrol{Code: enrolment.Code, Name: g.Name + "读头"})
	return SettledGate{ID: gate.ID, Name: g.Name, Direction: g.Direction, Perimeter: g.Perimeter, DeviceToken: device.Token}, err
}

// posters notes the entry code of each gate.
func (t *settler) posters(by *model.Caller, c *SettledCommunity) error {
	posters, err := t.s.Places.EntryCodes(t.ctx, by, c.ID, service.Page{Limit: 200})
	if err != nil {
		return err
	}
	for _, p := range posters.Items {
		for i := range c.Gates {
			if c.Gates[i].ID == p.GateID {
				c.Gates[i].EntryCode, c.Gates[i].EntryURL = p.Code, p.URL
			}
		}
	}
	return nil
}

// moveIn lets everybody who has a phone in the world and a home sign in, confirm
// the phone and claim the home.
func (t *settler) moveIn() error {
	for _, r := range t.world.Residents() {
		if !r.Claimed {
			continue
		}
		session, err := t.s.Sessions.SignInWechat(t.ctx, r.LoginCode())
		if err != nil {
			return err
		}
		caller, err := t.s.Sessions.Authenticate(t.ctx, session.AccessToken)
		if err != nil {
			return err
		}
		if _, err := t.s.Residents.SetPhone(t.ctx, caller, r.PhoneCode()); err != nil {
			return err
		}
		claim := service.Claim{CommunityID: t.scopes[r.Community.Name], Building: r.Household.Building, Unit: r.Household.Unit,
			Room: r.Household.Room, Name: r.Name, IDLast4: r.IDLast4, Relation: r.Relation}
		residency, err := t.s.Residencies.Claim(t.ctx, caller, claim)
		if err != nil {
			return err
		}
		if residency.Status != model.ResidencyActive {
			return fmt.Errorf("a household of the cast was not matched with its roster: %s", residency.ID)
		}
		passes, err := t.s.Residents.Passes(t.ctx, caller, service.Page{})
		if err != nil || len(passes.Items) == 0 {
			return fmt.Errorf("a resident of the cast has no pass: %w", err)
		}
		t.out.Residents = append(t.out.Residents, SettledResident{Name: r.Name, WechatCode: r.LoginCode(), PersonID: caller.PersonID,
			CommunityID: claim.CommunityID, PassID: passes.Items[0].ID})
	}
	return nil
}

// NewPassword draws a password of 80 bits that the policy takes.
func NewPassword() string { return "demo-" + model.NewCode(16) }

// SignInStaff signs a member of staff in. A one-time code works once, so it begins
// with that of the step before, which is still taken: whoever reads the secret
// can use the current one at once.
func SignInStaff(ctx context.Context, s Services, m SettledStaff) (in service.SignedIn, err error) {
	here := netip.MustParseAddr("127.0.0.1")
	credentials := service.StaffCredentials{Username: m.Username, Password: m.Password}
	if m.TOTPSecret == "" {
		return s.Sessions.SignInStaff(ctx, credentials, here)
	}
	for _, step := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
		if credentials.TOTP, err = totp.GenerateCode(m.TOTPSecret, s.Deps.Clock.Now().Add(step)); err != nil {
			return in, err
		}
		if in, err = s.Sessions.SignInStaff(ctx, credentials, here); err == nil {
			return in, nil
		}
	}
	return in, err
}
