package service

import (
	"sync"

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

	pass         *PassView
	passFetched  bool
	passWanted   uint64
	inside       bool
	insideKnown  bool
	insideWanted bool
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
	return admission.Pass{
		Withdrawn: f.pass.State != model.PassActive,
		ValidFrom: f.pass.ValidFrom, ValidUntil: f.pass.ValidUntil,
		Group: f.pass.AccessGroup,
	}, admission.Known
}

func (f *gateFacts) Group(number uint16) (*admission.Group, bool) {
	g, ok := f.community.Groups[number]
	return g, ok
}

func (f *gateFacts) Used(key admission.UseKey) bool { return f.used.has(key) }

// Admitted is always zero: every community has its first rules, which have no
// quota, and nothing can set others yet. Whoever makes them settable must count
// here, and spend the quota in the transaction that stores the admission.
func (f *gateFacts) Admitted(admission.QuotaKey) int { return 0 }

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
