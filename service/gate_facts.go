package service

import (
	"sync"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

// gateFacts answers the engine from memory. What memory lacks it notes, so that
// the caller can fetch it and ask again: the engine asks for a pass only after
// the signature was found genuine, so that a forged code costs no query.
type gateFacts struct {
	directory *Directory
	community *CommunityView
	keys      *keysView
	used      *usedMemory
	now       int64

	pass        *PassView
	passFetched bool
	passWanted  uint64
	// driving says that a plate was read, which is never spent.
	driving      bool
	inside       bool
	insideKnown  bool
	insideWanted bool

	// slots and without are the admissions of countedFor: see store.Tx.Admitted.
	slots, without int
	countedFor     admission.QuotaKey
	counted        bool
	countWanted    bool
}

// factsAt are the facts of a device's community at an instant. Health and
// restrictions are judged by it, so that it must never be left out.
func (g *Gates) factsAt(dev *DeviceView, now time.Time) *gateFacts {
	return &gateFacts{directory: g.Directory, community: dev.Gate.Community, keys: g.Directory.keys.Load(), used: &g.used, now: model.Millis(now)}
}

func (f *gateFacts) Key(number uint16) (*passcode.Verifier, bool) {
	v, ok := f.keys.verifiers[f.community.Number][number]
	return v, ok
}

func (f *gateFacts) Pass(number uint64) (admission.Pass, admission.Knowledge) {
	if !f.passFetched {
		v, _, ok := f.directory.passes.get(number)
		if !ok {
			f.passWanted = number
			return admission.Pass{}, admission.Unlisted
		}
		f.pass = v
	}
	if f.pass == nil || f.pass.CommunityID != f.community.ID {
		return admission.Pass{}, admission.Missing
	}
	health := f.pass.judge(f.community, f.now)
	return admission.Pass{
		Restricted: health.Restricted, Colour: health.Colour, ReportDue: health.ReportDue,
		Withdrawn: f.pass.State == model.PassWithdrawn, ApprovalPending: f.pass.State == model.PassPending,
		ValidFrom: f.pass.ValidFrom, ValidUntil: f.pass.ValidUntil,
		Group: f.pass.AccessGroup, Quota: f.pass.Quota,
		Phone: f.pass.StripPhone,
	}, admission.Known
}

func (f *gateFacts) Group(number uint16) (*admission.Group, bool) {
	g, ok := f.community.Groups[number]
	return g, ok
}

func (f *gateFacts) Used(key admission.UseKey) bool { return !f.driving && f.used.has(key) }

// Admitted is asked only for a pass that has a quota; it is counted in the
// database each time, since other replicas admit too.
func (f *gateFacts) Admitted(key admission.QuotaKey) int {
	if !f.counted || f.countedFor != key {
		f.countWanted, f.countedFor, f.counted = true, key, false
		return 0
	}
	return f.slots + f.without
}

// lack reports whether the engine asked for what is not in memory.
func (f *gateFacts) lack() bool { return f.passWanted != 0 || f.countWanted || f.insideWanted }

func (f *gateFacts) Inside(uint64, string) bool {
	if !f.insideKnown {
		f.insideWanted = true
	}
	return f.inside
}

// usedMemory remembers the uses of the windows that still count. It only saves
// the trip to the database: the primary key of uses is what decides.
type usedMemory struct {
	mu      sync.RWMutex
	windows map[uint32]map[admission.UseKey]struct{}
}

func (m *usedMemory) has(key admission.UseKey) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, ok := m.windows[key.Window][key]
	return ok
}

// add remembers a use after its commit and forgets windows that have passed.
func (m *usedMemory) add(key admission.UseKey, now uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.windows == nil {
		m.windows = make(map[uint32]map[admission.UseKey]struct{})
	}
	w := m.windows[key.Window]
	if w == nil {
		w = make(map[admission.UseKey]struct{})
		m.windows[key.Window] = w
		for old := range m.windows {
			if old+2 < now {
				delete(m.windows, old)
			}
		}
	}
	w[key] = struct{}{}
}
