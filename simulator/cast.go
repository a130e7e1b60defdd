package simulator

import "communitypass.cn/communitypass/model"

// Names of the main characters, as they stand on the roster.
const (
	OuyangXiaoyan = "欧阳小燕" // owner, with a family of three generations
	LinHao        = "林浩"   // her husband
	LinXiaoming   = "林小明"  // their son, nine years old, without a phone
	ChenJianguo   = "陈建国"  // eighty-one, lives alone, without WeChat
	LiLei         = "李雷"   // tenant; his landlord lives in another city
	WangFang      = "王芳"   // owner in the next unit: whose things no other household sees
	HeYutong      = "何雨桐"  // owner in the other community
	TangJing      = "唐静"   // on the roster, has just moved in, has claimed nothing yet
	XuQinglang    = "许晴朗"  // on no roster: what is claimed waits for staff
)

// World is the seeded world of the demo and of tests: who lives where, who works
// there, and through which doors they go. It is data only and the same each time.
// No name is part of another and no phone occurs twice, so that each can be
// searched for wherever it must not be: in logs, in a dump, on a stranger's page.
// The phone numbers are made up (1390000xxxx) and the rest of an ID number does
// not exist.
type World struct {
	Street      string
	Committee   string
	Communities []CastCommunity
	Staff       []StaffMember
	// Stranger has WeChat and stands on no roster.
	Stranger RosterPerson
}

// CastCommunity is a community with its doors and homes.
type CastCommunity struct {
	Name       string
	Gates      []CastGate
	Households []Household
}

// CastGate is a gate as staff would set it up; its fields are those of model.Gate.
type CastGate struct {
	Name, Kind, Direction, Perimeter, Fallback, Passback string
}

// Household is a home with the people whom the property company has on its roster.
type Household struct {
	Building, Unit, Room string
	Roster               []RosterPerson
}

// RosterPerson is a person on the roster.
type RosterPerson struct {
	Name string
	// Phone is empty for those without one: children, mostly.
	Phone    string
	IDLast4  string
	Relation string
	// WeChat names the phone with WeChat that the person has in the demo, or is
	// empty. See LoginCode.
	WeChat string
	// Claimed says that the person has signed in and claimed the household before
	// the demo begins, so that a pass is there.
	Claimed bool
}

// LoginCode is what wx.login gives on the person's phone in the demo, such as wx-ouyang.
func (p RosterPerson) LoginCode() string { return "wx-" + p.WeChat }

// PhoneCode is what getPhoneNumber gives there, such as phone-ouyang.
func (p RosterPerson) PhoneCode() string { return "phone-" + p.WeChat }

// OpenID is the person's open id at the simulated WeChat, such as o-ouyang.
func (p RosterPerson) OpenID() string { return "o-" + p.WeChat }

// StaffMember is somebody who works in the world. There is no password here: the
// demo draws one when it starts.
type StaffMember struct {
	Username, Name, Phone string
	Role                  model.Role
	ScopeKind             model.ScopeKind
	// Scope is the name of the street, committee or community; empty for the platform.
	Scope string
}

// Cast makes the world, anew each time: whoever changes it changes a copy.
func Cast() World {
	return World{
		Street: "望江街道", Committee: "春晓居委会",
		Communities: []CastCommunity{
			{Name: "春晓花园", Gates: castGates(), Households: gardenHouseholds()},
			{Name: "望江苑", Gates: castGates(), Households: harbourHouseholds()},
		},
		Staff:    castStaff(),
		Stranger: RosterPerson{Name: XuQinglang, Phone: "13900000900", IDLast4: "7106", WeChat: "stranger"},
	}
}

// Resident is a person with the home and the community that go with it.
type Resident struct {
	RosterPerson
	Community CastCommunity
	Household Household
}

// Residents are all people on the rosters, in the order of communities and homes.
func (w World) Residents() []Resident {
	var all []Resident
	for _, c := range w.Communities {
		for _, h := range c.Households {
			for _, p := range h.Roster {
				all = append(all, Resident{p, c, h})
			}
		}
	}
	return all
}

// Resident finds a person on the rosters by name.
func (w World) Resident(name string) (Resident, bool) {
	for _, r := range w.Residents() {
		if r.Name == name {
			return r, true
		}
	}
	return Resident{}, false
}

// People are all who may have a phone: the rosters' and the stranger.
func (w World) People() []RosterPerson {
	people := []RosterPerson{w.Stranger}
	for _, r := range w.Residents() {
		people = append(people, r.RosterPerson)
	}
	return people
}

// castGates are the doors of either community. East and west gate are one ring,
// so that a code spent at one is spent at the other; the door of building 1 is a
// ring of its own and takes the same code once more. Without an answer the guard
// at the east gate is asked, while the unit door, where nobody stands, lets in
// residents only. The west gate lets out only.
func castGates() []CastGate {
	return []CastGate{
		{Name: "东门", Kind: "entrance", Direction: "in", Perimeter: "site", Fallback: "ask_guard", Passback: "off"},
		{Name: "西门", Kind: "entrance", Direction: "out", Perimeter: "site", Fallback: "ask_guard", Passback: "off"},
		{Name: "1号楼单元门", Kind: "unit_door", Direction: "both", Perimeter: "building-1", Fallback: "residents_only", Passback: "off"},
	}
}

func home(building, unit, room string, roster ...RosterPerson) Household {
	return Household{Building: building, Unit: unit, Room: room, Roster: roster}
}

func owner(name, phone, idLast4 string) RosterPerson {
	return RosterPerson{Name: name, Phone: phone, IDLast4: idLast4, Relation: "owner"}
}

func tenant(name, phone, idLast4 string) RosterPerson {
	return RosterPerson{Name: name, Phone: phone, IDLast4: idLast4, Relation: "tenant"}
}

func family(name, phone, idLast4 string) RosterPerson {
	return RosterPerson{Name: name, Phone: phone, IDLast4: idLast4, Relation: "family"}
}

func helper(name, phone, idLast4 string) RosterPerson {
	return RosterPerson{Name: name, Phone: phone, IDLast4: idLast4, Relation: "helper"}
}

// registered is the person with WeChat, home claimed, pass in the pocket.
func (p RosterPerson) registered(weChat string) RosterPerson {
	p.WeChat, p.Claimed = weChat, true
	return p
}

// unregistered is the person with WeChat who has never signed in.
func (p RosterPerson) unregistered(weChat string) RosterPerson {
	p.WeChat = weChat
	return p
}
