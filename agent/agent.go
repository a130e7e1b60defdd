package agent

import (
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/httpsig"
	"communitypass.cn/communitypass/model"
)

// DefaultAsk is how long a person waits for the server before the gate decides alone.
const DefaultAsk = 800 * time.Millisecond

// Options are what an Agent is made of.
type Options struct {
	Home   *Home
	Server *Server
	// Clock is the machine's clock.
	Clock model.Clock
	Log   *slog.Logger
	// Software is what the agent calls itself, at most 64 characters.
	Software string
	// Ask is how long the server is waited for at a scan; zero is DefaultAsk.
	Ask time.Duration
	// Edge is the agent that gives out uses on the local network; nil for none.
	Edge *Edge
}

// Agent is one gate. It is safe for concurrent use.
type Agent struct {
	Options
	id      Identity
	clock   *Clock
	journal *Journal
	memory  *memory
	// wake asks for a sync now.
	wake chan struct{}
	// deciding lets one decision be made at a time; using lets one at a time find out
	// whether a use is spent and spend it, this gate's or another's.
	deciding, using sync.Mutex
	// held are decisions that stand though the disk did not take them; using guards them.
	held []Entry
	// syncing lets one sync run at a time.
	syncing sync.Mutex

	mu         sync.Mutex
	bundle     *Bundle
	revoked    map[uint64]bool
	online     bool
	live       bool // the stream of events stands
	since      time.Time
	lastSync   time.Time
	lastUpload time.Time
	faults     map[string]Fault
	counts     map[admission.Outcome]int64
	unrecorded int64
	// recent are the last answers, oldest first.
	recent []Answer
}

// Open makes the agent of an enrolled device: it reads the bundle that was kept and
// the journal. What of them is broken becomes a fault that the status shows; only a
// folder that cannot be used at all is an error.
func Open(o Options) (*Agent, error) {
	id, err := o.Home.Identity()
	if err != nil {
		return nil, err
	}
	token, err := o.Home.Token()
	if err != nil {
		return nil, errors.Join(ErrHome, err)
	}
	if o.Ask == 0 {
		o.Ask = DefaultAsk
	}
	clock := NewClock(o.Clock, time.Duration(id.OffsetMs)*time.Millisecond, id.OffsetKnown)
	o.Server = o.Server.as(token, &httpsig.Signer{KeyID: id.DeviceID, Sign: o.Home.Device.Sign, Now: clock.Now})
	a := &Agent{Options: o, id: id, memory: newMemory(), wake: make(chan struct{}, 1), revoked: map[uint64]bool{},
		clock:  clock,
		faults: map[string]Fault{}, counts: map[admission.Outcome]int64{}, since: o.Clock.Now()}
	if a.journal, err = OpenJournal(o.Home.path(folderJournal), o.Home.Seal, a.clock, a.memory.keep); err != nil {
		return nil, errors.Join(ErrHome, err)
	}
	if n := len(a.journal.Damage()); n > 0 {
		a.fault(faultJournal, n)
		for _, line := range a.journal.Damage() {
			o.Log.Warn("journal repaired", "what", line)
		}
	}
	if a.journal.Shut() {
		a.fault(faultDisk)
	}
	if id.Revoked {
		a.fault(faultRevoked)
	}
	o.Home.dropDrafts()
	a.openBundle()
	letGo()
	return a, nil
}

// openBundle takes the kept bundle in force, after verifying it anew.
func (a *Agent) openBundle() {
	kept, err := a.Home.Bundle()
	var b *Bundle
	if err == nil {
		b, err = ReadBundle(kept, a.id.Trust, a.id.GateID, nil)
	}
	if err == nil && !a.id.kept(b) {
		err = ErrBundleOlder
	}
	switch {
	case err == nil:
		a.bundle = b
	case errors.Is(err, fs.ErrNotExist):
		a.fault(faultNoBundle)
	default:
		a.Log.Error("the kept bundle is refused", "why", err)
		a.fault(faultBundle)
	}
}

// Close closes the journal.
func (a *Agent) Close() error { return a.journal.Close() }

// inForce is the bundle to decide by, with the passes that were withdrawn since.
func (a *Agent) inForce() (*Bundle, map[uint64]bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bundle, a.revoked
}

// setOnline notes whether the server answers; a change is said in the log.
func (a *Agent) setOnline(online bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.online == online {
		return
	}
	a.online, a.since = online, a.clock.Now()
	if online {
		a.Log.Info("online: the server decides", "queue", a.pending())
	} else {
		a.Log.Warn("offline: this gate decides alone")
	}
}

func (a *Agent) isOnline() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.online
}

func (a *Agent) pending() int {
	n, _ := a.journal.Counts()
	return n
}

// credential notes whether the server knows this device, and keeps it on disk: a gate
// that was withdrawn stays so when it is switched off and on.
func (a *Agent) credential(revoked bool) {
	a.mu.Lock()
	changed := a.id.Revoked != revoked
	a.id.Revoked = revoked
	id := a.id
	a.mu.Unlock()
	if !changed {
		return
	}
	if revoked {
		a.setOnline(false)
		a.fault(faultRevoked)
		a.Log.Error("the server has withdrawn this device's credential: this gate admits nobody any more")
	} else {
		a.mend(faultRevoked)
	}
	if err := a.Home.SetIdentity(id); err != nil {
		a.fault(faultDisk)
	}
}

func (a *Agent) isRevoked() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.id.Revoked
}

// Wake asks for a sync soon.
func (a *Agent) Wake() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}
