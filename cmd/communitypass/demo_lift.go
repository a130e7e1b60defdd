package main

import (
	"context"
	"net/http"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
)

// demoLift is what the demo remembers of its lift: its controller is found again where
// it was registered, and speaks by the address that it was given.
type demoLift struct {
	Address string `json:"address"`
	Secret  string `json:"secret"`
	GroupID string `json:"group_id"`
	// Path is the unguessable address of the controller's device.
	Path string `json:"path"`
}

// demoFloors are those of building 1.
var demoFloors = []string{"1", "2", "3", "4"}

// openLift makes the lift of building 1 stand and move. Where the port of the last run
// is taken, it is registered anew.
func (d *demo) openLift(ctx context.Context) error {
	m := &d.memory.Lift
	if m.Secret == "" {
		m.Secret = model.NewSecret("lift")
	}
	d.outside.lift = simulator.NewLift(simulator.LiftOptions{Floors: demoFloors, Secret: m.Secret, Clock: d.clock})
	if m.GroupID != "" {
		if _, err := d.outside.open(d.outside.lift, m.Address); err == nil {
			d.tellLift()
			return nil
		}
	}
	address, err := d.outside.open(d.outside.lift, anyPort)
	if err != nil {
		return err
	}
	if err := d.registerLift(ctx, address); err != nil {
		return explain(err)
	}
	d.tellLift()
	return d.remember()
}

// tellLift lets the lift tell the platform what it does.
func (d *demo) tellLift() {
	d.outside.lift.SetTell(simulator.TellHTTP(&http.Client{Timeout: 3 * time.Second}, d.deviceURL+d.memory.Lift.Path))
}

func (d *demo) registerLift(ctx context.Context, address string) error {
	c := d.settled.Communities[0]
	by := d.manager()
	s := d.house.Services
	device, err := s.Devices.Register(ctx, by, c.ID, service.NewVendorDevice{GateID: c.Gates[0].ID, Name: "1号楼电梯控制器", Protocol: service.ProtocolLift})
	if err != nil {
		return err
	}
	var landings []model.LiftLanding
	for i, floor := range demoFloors {
		landings = append(landings, model.LiftLanding{Floor: floor, Open: i == 0})
	}
	in := service.NewLiftGroup{Name: "1号楼电梯", Building: "1", Protocol: model.LiftHTTP, Address: "http://" + address, Secret: d.memory.Lift.Secret,
		DeviceID: device.Device.ID, Landings: landings}
	for _, g := range c.Gates {
		in.Gates = append(in.Gates, model.LiftGate{GateID: g.ID, Floor: demoFloors[0]})
	}
	group, err := s.Lifts.Register(ctx, by, c.ID, in)
	d.memory.Lift = demoLift{Address: address, Secret: d.memory.Lift.Secret, GroupID: group.ID, Path: device.Path}
	return err
}

// manager is the property manager of the first community, as who the demo sets up what
// stands there.
func (d *demo) manager() *model.Caller {
	c := d.settled.Communities[0]
	by := &model.Caller{Kind: model.CallerStaff, Grants: []model.Grant{{Role: model.RolePropertyManager, ScopeKind: model.ScopeCommunity, ScopeID: c.ID}}}
	for _, p := range d.settled.Staff {
		if p.Grant.Role == model.RolePropertyManager && p.CommunityID == c.ID {
			by.AccountID = p.Username
		}
	}
	return by
}
