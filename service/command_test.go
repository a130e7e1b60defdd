package service_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// pushing is a carrier that counts what it is told to carry.
type pushing struct {
	outcome model.CommandOutcome
	pushed  atomic.Int32
	contact atomic.Value
}

func (*pushing) Carries(_ *model.Device, kind model.CommandKind) bool {
	return kind == model.CommandOpen || kind == model.CommandReboot
}

func (p *pushing) Push(_ context.Context, _ *model.Device, to model.DeviceContact, _ model.DeviceCommand) model.CommandOutcome {
	p.pushed.Add(1)
	p.contact.Store(to)
	return p.outcome
}

// fetching is a carrier whose devices ask.
type fetching struct{}

func (fetching) Carries(_ *model.Device, kind model.CommandKind) bool {
	return kind == model.CommandOpen
}

func anyAddress(string) error { return nil }

// openable makes a device at the garden's entrance known that can be told to open.
func openable(t *testing.T, h *testkit.House, protocol string) model.Device {
	t.Helper()
	in := service.NewVendorDevice{GateID: h.Garden.Entrance.ID, Name: "控制器", Protocol: protocol}
	if protocol == model.ProtocolHikvision {
		user, password := "admin", "Secret-12"
		in.Settings = service.DeviceSettings{Address: "http://192.168.1.64", User: &user, Password: &password}
	}
	devices := service.NewDevices(h.Deps, nil, publicURL, protocol).Calling(anyAddress)
	return mustDo[service.Registered](t)(devices.Register(t.Context(), h.Manager(h.Garden), h.Garden.ID, in)).Device
}

func guardOf(h *testkit.House, c testkit.Community) *model.Caller {
	return h.StaffCaller(model.RoleGuard, model.ScopeCommunity, c.ID)
}

// dispatching sends what waits by several replicas until the test ends.
func dispatching(t *testing.T, replicas int, h *testkit.House, carriers map[string]service.CommandCarrier) *service.Commands {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var last *service.Commands
	for range replicas {
		c := service.NewCommands(h.Deps, carriers)
		all.Go(func() { c.Run(ctx) })
		last = c
	}
	t.Cleanup(func() { stop(); all.Wait() })
	return last
}

var opening = service.Opening{Reason: "访客没有手机，电话 13800000001"}

func TestAGateIsOpenedByOneReplica(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolHikvision)
	carrier := &pushing{outcome: model.CommandOutcome{State: model.CommandDone, Code: "ok"}}
	commands := dispatching(t, 3, h, map[string]service.CommandCarrier{model.ProtocolHikvision: carrier})
	for n := range int32(5) {
		c, err := commands.Open(t.Context(), guardOf(h, h.Garden), h.Garden.Entrance.ID, opening)
		if err != nil || c.State != model.CommandDone || c.AnswerCode != "ok" || c.Args.Door != 1 || carrier.pushed.Load() != n+1 {
			t.Fatalf("%+v after %d pushes: %v", c, carrier.pushed.Load(), err)
		}
	}
	if to := carrier.contact.Load().(model.DeviceContact); to.User != "admin" || to.Password != "Secret-12" || to.Address != "http://192.168.1.64" {
		t.Errorf("called as %q at %s", to.User, to.Address)
	}
	list := mustDo[service.List[model.DeviceEvent]](t)(service.NewIntake(h.Deps, nil).Events(t.Context(), h.Manager(h.Garden), h.Garden.ID, service.DeviceEventFilter{DeviceID: dev.ID}, service.Page{}))
	if len(list.Items) != 5 || list.Items[0].State != "opened" || list.Items[0].Detail["what"] != "remote" {
		t.Errorf("the events are %+v", list.Items)
	}
	acts := 0
	for _, e := range mustDo[[]model.AuditEntry](t)(h.Store.View(t.Context()).AuditEntries(h.Garden.ID, "", 50)) {
		if e.Action == "gate.open" {
			acts++
			if strings.Contains(e.Detail, "1380") || !strings.Contains(e.Detail, "访客") {
				t.Errorf("the log keeps %s", e.Detail)
			}
		}
	}
	if acts != 5 {
		t.Errorf("%d acts in the log", acts)
	}
}

// What waits is sent once, however many replicas look at the same time.
func TestReplicasRaceForACommand(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolHikvision)
	carrier := &pushing{outcome: model.CommandOutcome{State: model.CommandDone}}
	carriers := map[string]service.CommandCarrier{model.ProtocolHikvision: carrier}
	const commands, replicas = 20, 4
	for range commands {
		queue(t, h, dev)
	}
	var all sync.WaitGroup
	for range replicas {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			c := service.NewCommands(h.Deps, carriers)
			if err := c.Dispatch(ctx); err != nil {
				t.Error(err)
			}
			cancel()
			c.Run(ctx) // waits for what is under way
		})
	}
	all.Wait()
	for _, c := range mustDo[[]model.DeviceCommand](t)(h.Store.View(t.Context()).Commands(h.Garden.ID, store.CommandFilter{}, "", 100)) {
		if c.State != model.CommandDone {
			t.Errorf("%s is %s", c.ID, c.State)
		}
	}
	if n := carrier.pushed.Load(); n != commands {
		t.Errorf("%d commands were pushed %d times", commands, n)
	}
}

// queue puts a command there as Open does.
func queue(t *testing.T, h *testkit.House, dev model.Device) model.DeviceCommand {
	t.Helper()
	now := h.Clock.Now()
	c := model.DeviceCommand{ID: h.ID(), CommunityID: dev.CommunityID, GateID: dev.GateID, DeviceID: dev.ID, Number: int64(model.NewPassNumber() >> 17), Kind: model.CommandOpen,
		Args: model.CommandArgs{Door: 1, Seconds: 5}, CreatedBy: h.ID(), CreatedAt: model.Millis(now), ExpiresAt: model.Millis(now.Add(5 * time.Second))}
	h.Update(t, func(tx *store.Tx) error { return tx.CreateCommand(c) })
	return c
}

func TestACommandIsFetchedOnceAndNeverLate(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolZKTeco)
	commands := service.NewCommands(h.Deps, map[string]service.CommandCarrier{model.ProtocolZKTeco: fetching{}})
	view, _ := h.Directory.Device(dev.ID)
	fetch := func() (n int) {
		var all sync.WaitGroup
		var got atomic.Int32
		for range 6 {
			all.Go(func() {
				_, ok, err := commands.Fetch(t.Context(), view)
				if err != nil {
					t.Error(err)
				}
				if ok {
					got.Add(1)
				}
			})
		}
		all.Wait()
		return int(got.Load())
	}
	state := func(id string) model.DeviceCommand {
		return mustDo[model.DeviceCommand](t)(commands.Get(t.Context(), h.Manager(h.Garden), h.Garden.ID, id))
	}
	first := queue(t, h, dev)
	if n := fetch(); n != 1 || state(first.ID).State != model.CommandSent {
		t.Fatalf("fetched %d times, then %s", n, state(first.ID).State)
	}
	late := queue(t, h, dev)
	h.Clock.Advance(5 * time.Second)
	if n := fetch(); n != 0 {
		t.Errorf("a late command was fetched %d times", n)
	}
	if n := mustDo[int](t)(commands.Expire(t.Context())); n != 2 {
		t.Errorf("%d expired", n)
	}
	if c := state(late.ID); c.State != model.CommandExpired || c.AnswerCode != model.AnswerNotSent {
		t.Errorf("the late one is %s %s", c.State, c.AnswerCode)
	}
	if c := state(first.ID); c.State != model.CommandExpired || c.AnswerCode != model.AnswerNone {
		t.Errorf("the unanswered one is %s %s", c.State, c.AnswerCode)
	}
	// The device's late word is the truth about the door; one for what it never got is not.
	results := []model.CommandResult{{Number: first.Number, Done: true, Code: "0"}, {Number: late.Number, Done: true, Code: "0"}, {Number: 1, Done: true}}
	for range 2 {
		if err := commands.Report(t.Context(), view, results); err != nil {
			t.Fatal(err)
		}
	}
	if state(first.ID).State != model.CommandDone || state(late.ID).State != model.CommandExpired {
		t.Errorf("then %s and %s", state(first.ID).State, state(late.ID).State)
	}
}

func TestNothingIsDoneThatWasNotDone(t *testing.T) {
	h := testkit.NewHouse(t)
	guard, gate := guardOf(h, h.Garden), h.Garden.Entrance.ID
	dev := openable(t, h, model.ProtocolHikvision)
	carrier := &pushing{outcome: model.Failed(model.AnswerUnreachable)}
	commands := dispatching(t, 1, h, map[string]service.CommandCarrier{model.ProtocolHikvision: carrier, model.ProtocolZKTeco: fetching{}})
	_, err := commands.Open(t.Context(), guard, gate, opening)
	wantState(t, err, model.CodeCommandFailed, model.AnswerUnreachable)
	carrier.outcome = model.CommandOutcome{State: model.CommandExpired, Code: model.AnswerNone}
	_, err = commands.Open(t.Context(), guard, gate, opening)
	wantState(t, err, model.CodeCommandExpired, model.AnswerNone)
	if carrier.pushed.Load() != 2 {
		t.Errorf("pushed %d times", carrier.pushed.Load())
	}
	_, err = commands.Open(t.Context(), guard, h.Garden.UnitDoor.ID, opening)
	refusedAs(t, err, model.CodeCommandUnsupported)
	for _, stranger := range []*model.Caller{nil, guardOf(h, h.Harbour), h.StaffCaller(model.RoleAuditor, model.ScopePlatform, "")} {
		_, err = commands.Open(t.Context(), stranger, gate, opening)
		refusedAs(t, err, model.CodeNotFound)
	}
	openable(t, h, model.ProtocolZKTeco)
	_, err = commands.Open(t.Context(), guard, gate, opening)
	refusedAs(t, err, model.CodeInvalid) // which of the two?
	carrier.outcome = model.CommandOutcome{State: model.CommandDone}
	if _, err = commands.Open(t.Context(), guard, gate, service.Opening{Reason: "x", DeviceID: dev.ID}); err != nil {
		t.Error(err)
	}
	_, err = commands.Open(t.Context(), guard, gate, service.Opening{Reason: "x", DeviceID: h.ID()})
	refusedAs(t, err, model.CodeInvalid)
}

func wantState(t *testing.T, err error, code model.Code, state string) {
	t.Helper()
	refusedAs(t, err, code)
	if e := new(model.Error); errors.As(err, &e) && e.State != state {
		t.Errorf("the state is %q, want %q", e.State, state)
	}
}
