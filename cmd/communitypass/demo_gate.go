package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// agentGate is a gate with the real gate agent, in this process, and a cable to the
// server that can be pulled.
type agentGate struct {
	simulator.SettledGate
	*agent.Agent
	device  string
	page    string // the agent's own status page
	cable   *cable
	release func()
	work    sync.WaitGroup

	mu     sync.Mutex
	pulled bool
	// alone are the decisions that the gate has made itself since the cable was pulled.
	alone []agent.Answer
	last  *demoCut
}

// demoCut is what became of what a gate decided while it was unplugged.
type demoCut struct {
	Recorded int `json:"recorded"`
	Stored   int `json:"stored"`
	Lost     int `json:"lost"`
}

var (
	errUnplugged = errors.New("the gate is unplugged already")
	errNotBack   = errors.New("the gate did not come back in time")
)

// agentAt is the gate with the agent: the door of building 1, which one may enter.
const agentAt = 2

// openGate starts the agent, once: a new device is enrolled with a
// code of the property manager's, one of an earlier run goes on. It works until ctx
// ends, and is stopped by close.
func (d *demo) openGate(ctx context.Context) (*agentGate, error) {
	d.gateMu.Lock()
	defer d.gateMu.Unlock()
	if d.gate != nil {
		return d.gate, nil
	}
	home, err := agent.OpenHome(filepath.Join(d.data, "gate"))
	if err != nil {
		return nil, fail("演示门的数据目录用不了。", "The data folder of the demo's gate cannot be used.", err)
	}
	release, err := home.Lock()
	if err != nil {
		return nil, fail("另一个演示正在使用这个数据目录。", "Another demo uses this data folder.", err)
	}
	g := &agentGate{SettledGate: d.settled.Communities[0].Gates[agentAt], release: release}
	if err := d.startAgent(ctx, g, home); err != nil {
		return nil, errors.Join(fail("演示门没有启动。", "The demo's gate did not start.", err), g.close())
	}
	d.gate = g
	return g, nil
}

func (d *demo) startAgent(ctx context.Context, g *agentGate, home *agent.Home) (err error) {
	if g.cable, err = newCable(d.address); err != nil {
		return err
	}
	server, err := agent.NewServer(g.cable.url(), "", nil, d.clock)
	if err != nil {
		return err
	}
	id, err := home.Identity()
	if errors.Is(err, agent.ErrNotEnrolled) || err == nil && id.Revoked {
		id, err = d.enrolAgent(ctx, g, home, server)
	}
	if err != nil {
		return err
	}
	g.device = id.DeviceID
	// What it says of its network stands on its page; here only what is broken.
	g.Agent, err = agent.Open(agent.Options{Home: home, Server: server, Clock: d.clock, Log: newLog(d.err, slog.LevelError), Software: "gateagent/demo"})
	if err != nil {
		return err
	}
	if err := g.Sync(ctx); err != nil {
		return err
	}
	// It has no relay: what its page opens is seen in what is recorded.
	desk := agent.NewGuardDesk(model.NewSecret("gp"), nil, nil, nil)
	address, err := d.outside.open(g.Local(agent.LocalOptions{Guard: desk}), anyPort)
	if err != nil {
		return err
	}
	g.page = "http://" + address + "/guard/" + desk.Token
	g.work.Go(func() { g.KeepInSync(d.life) })
	g.work.Go(func() { g.KeepListening(d.life) })
	return nil
}

// enrolAgent makes the agent the device of its gate.
func (d *demo) enrolAgent(ctx context.Context, g *agentGate, home *agent.Home, server *agent.Server) (agent.Identity, error) {
	e, err := d.house.Services.Devices.CreateEnrolment(ctx, d.manager(), g.ID, model.ProfileAgent)
	if err != nil {
		return agent.Identity{}, err
	}
	return agent.Enrol(ctx, home, server, e.Code, g.Name+"门禁代理")
}

// close stops the agent; its loops have ended with the demo.
func (g *agentGate) close() error {
	if g == nil {
		return nil
	}
	g.work.Wait()
	var errs []error
	if g.Agent != nil {
		errs = append(errs, g.Agent.Close())
	}
	if g.cable != nil {
		errs = append(errs, g.cable.close())
	}
	g.release()
	return errors.Join(errs...)
}

// closeGate stops the gate, if there is one.
func (d *demo) closeGate() error {
	d.gateMu.Lock()
	defer d.gateMu.Unlock()
	return d.gate.close()
}

// unplug pulls the cable. Errors: errUnplugged.
func (g *agentGate) unplug() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pulled {
		return errUnplugged
	}
	g.pulled, g.alone, g.last = true, nil, nil
	g.cable.pull()
	return nil
}

// noticed waits until the agent's own status says that it is alone.
func (g *agentGate) noticed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, comeBack)
	defer cancel()
	for g.Status().Mode != agent.ModeOffline {
		g.Wake() // its next word to the server tells it
		if err := model.Wait(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// show shows a code at the gate's reader, on the way in.
func (g *agentGate) show(ctx context.Context, code string) agent.Answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.Present(ctx, agent.Presentation{Code: agent.TidyCode(code), Direction: admission.In})
	if !a.Online {
		g.alone = append(g.alone, a)
	}
	return a
}

// comeBack is how long a gate may take to see that it is alone, or to upload.
const comeBack = 30 * time.Second

// plugIn puts the cable back, lets the agent upload, and counts at the server what it
// has of what the gate decided alone. Errors: errNotBack with the last of the sync's.
func (d *demo) plugIn(ctx context.Context, g *agentGate) (demoCut, error) {
	ctx, cancel := context.WithTimeout(ctx, comeBack)
	defer cancel()
	g.mu.Lock() // nothing is shown meanwhile
	defer g.mu.Unlock()
	g.cable.plug()
	g.pulled, g.last = false, nil
	for {
		err := g.Sync(ctx)
		if err == nil {
			break
		}
		if model.Wait(ctx, 100*time.Millisecond) != nil {
			return demoCut{}, errors.Join(errNotBack, err)
		}
	}
	cut := demoCut{Recorded: len(g.alone)}
	for _, a := range g.alone {
		switch p, err := d.house.deps.Store.View(ctx).PassageOfScan(g.device, a.ScanID); {
		case err == nil && !p.Online && p.Decision == string(a.Outcome):
			cut.Stored++
		case err != nil && !model.IsNotFound(err):
			return cut, err
		}
	}
	cut.Lost = cut.Recorded - cut.Stored
	g.last = &cut
	return cut, nil
}
