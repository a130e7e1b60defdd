package day

import (
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"time"

	"communitypass.cn/communitypass/simulator"
)

// toldTypes are what a recipient of the day hears: all that devices lead to.
var toldTypes = []string{"cn.communitypass.passage.recorded", "cn.communitypass.vehicle.passed", "cn.communitypass.incident.changed", "cn.communitypass.lift.called"}

// recipient is an outside system that keeps its own book.
type recipient struct {
	name, id string
	system   *simulator.Property
	server   *http.Server
	// faults are what it does to events while it is away, one after the other.
	faults []simulator.PropertyFault
}

func (r *recipient) path() string { return "/v1/recipients/" + r.id }

// fail lets it misbehave in another way. That a system takes an event and is cut off
// before it answers is the case in which doubles arise.
func (r *recipient) fail(step int) { r.system.Fail(r.faults[step%len(r.faults)]) }

// heal lets it answer again, but for the first event, which it takes and is cut off.
func (r *recipient) heal() { r.system.Fail(simulator.PropertyFault{CutAfter: true, Times: 1}) }

// serverClock is the server's time, which the day moves; the last that is known when it
// does not answer.
type serverClock struct {
	d    *Day
	mu   sync.Mutex
	last time.Time
}

// Now asks the server.
func (c *serverClock) Now() time.Time {
	got, err := c.d.private(http.MethodGet, "/demo/clock", nil)
	var told struct{ Now time.Time }
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && json.Unmarshal(got, &told) == nil {
		c.last = told.Now
	}
	return c.last
}

// recipient opens an outside system and registers it as a recipient of a kind.
func (f *fleet) recipient(kind, name string, faults []simulator.PropertyFault) {
	r := &recipient{name: name, faults: faults, system: simulator.NewProperty(simulator.PropertyOptions{Clock: &serverClock{d: f.Day}})}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(stuck{err})
	}
	r.server = &http.Server{Handler: r.system, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = r.server.Serve(socket) }() // ends with close
	f.recipients = append(f.recipients, r)
	a := f.staff("钱经理").post("/v1/recipients", map[string]any{"community_id": f.garden(), "kind": kind, "name": name, "url": "http://" + socket.Addr().String() + "/events",
		"purpose": "设备之日 A day of devices", "agreement": "DAY-1", "event_types": toldTypes})
	f.must(name+" is made known", a.status == http.StatusCreated, a)
	r.id = a.in("recipient").text("id")
	if err := r.system.SetSecret(a.text("secret")); err != nil {
		panic(stuck{err})
	}
}

func (f *fleet) close() {
	f.broker.Close()
	for _, r := range f.recipients {
		_ = r.server.Close()
	}
}

func (f *fleet) waiting(r *recipient) int {
	return f.staff("钱经理").get(r.path()).number("waiting")
}
