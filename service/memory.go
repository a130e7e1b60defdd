package service

import (
	"context"
	"sync"
	"sync/atomic"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// PassView is what a replica remembers of a pass: enough to decide and to show.
type PassView struct {
	model.Pass
	NameMasked string
	// Health is what is known of the holder in the community's emergency; nil outside
	// of one.
	Health *passHealth
	// Restrictions are those that stand against the pass, its holder or home.
	Restrictions []model.Restriction
}

// passMemory holds passes by number, as gates ask, and by id, as residents ask. A
// load that began before a change was heard must not overwrite it, hence the
// generation.
type passMemory struct {
	mu         sync.RWMutex
	byNumber   map[uint64]*PassView
	byID       map[string]*PassView
	generation uint64
}

// passMemoryLimit bounds the memory to some 60 MB; when full it starts anew.
const passMemoryLimit = 200_000

func (m *passMemory) get(number uint64) (*PassView, uint64, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok := m.byNumber[number]
	return v, m.generation, ok
}

func (m *passMemory) getID(id string) (*PassView, uint64, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok := m.byID[id]
	return v, m.generation, ok
}

func (m *passMemory) put(v *PassView, generation uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if generation != m.generation {
		return
	}
	if m.byNumber == nil || len(m.byNumber) >= passMemoryLimit {
		m.byNumber, m.byID = make(map[uint64]*PassView), make(map[string]*PassView)
	}
	m.byNumber[v.Number], m.byID[v.ID] = v, v
}

func (m *passMemory) forget(number uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.generation++
	if v, ok := m.byNumber[number]; ok {
		delete(m.byNumber, number)
		delete(m.byID, v.ID)
	}
}

// forgetAll drops every pass, and what is being loaded.
func (m *passMemory) forgetAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.generation++
	m.byNumber, m.byID = nil, nil
}

// Pass gives the pass of a number from memory, or loads it. A nil view without an
// error means that there is no such pass.
func (d *Directory) Pass(ctx context.Context, number uint64) (*PassView, error) {
	v, generation, ok := d.passes.get(number)
	if ok {
		return v, nil
	}
	tx := d.store.View(ctx)
	p, err := tx.PassByNumber(number)
	if model.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return d.remember(tx, p, generation)
}

// PassOfPerson gives a pass that the person holds, or whose holder the person
// carries, from memory, or loads it. A stranger's pass is not_found like a missing
// one. Who is carried is asked anew each time, so that it ends at once.
func (d *Directory) PassOfPerson(ctx context.Context, personID, id string) (*PassView, error) {
	v, generation, known := d.passes.getID(id)
	if known && v.PersonID == personID {
		return v, nil
	}
	tx := d.store.View(ctx)
	if known {
		return v, mayShow(tx, personID, v.PersonID)
	}
	p, err := tx.PassByID(id)
	if err != nil {
		return nil, err
	}
	if err := mayShow(tx, personID, p.PersonID); err != nil {
		return nil, err
	}
	return d.remember(tx, p, generation)
}

// mayShow is not_found unless the pass is the person's own or that of somebody
// whom the person carries.
func mayShow(tx *store.Tx, personID, holderID string) error {
	if personID == "" || holderID == "" {
		return model.NotFound()
	}
	if personID == holderID {
		return nil
	}
	carries, err := tx.Carries(personID, holderID)
	if err == nil && !carries {
		err = model.NotFound()
	}
	return err
}

// remember completes a pass that was read in the given generation of the memory
// with its holder's masked name, and keeps it.
func (d *Directory) remember(tx *store.Tx, p model.Pass, generation uint64) (*PassView, error) {
	v := &PassView{Pass: p}
	person, err := tx.Person(p.PersonID)
	switch {
	case err == nil:
		v.NameMasked = model.MaskName(person.Name)
	case !model.IsNotFound(err):
		return nil, err
	}
	if err := d.addHealth(tx, v); err != nil {
		return nil, err
	}
	d.passes.put(v, generation)
	return v, nil
}

// endedSessions remembers sign-ins that ended while their access tokens still run.
type endedSessions struct {
	ids   sync.Map // session id → end of its last access token, Unix ms
	count atomic.Int64
}

func (e *endedSessions) add(id string, until int64) {
	if _, known := e.ids.Swap(id, until); !known {
		e.count.Add(1)
	}
}

func (e *endedSessions) has(id string) bool {
	if e.count.Load() == 0 {
		return false
	}
	_, ended := e.ids.Load(id)
	return ended
}

// sweep forgets those whose tokens have run out.
func (e *endedSessions) sweep(now int64) {
	e.ids.Range(func(id, until any) bool {
		if until.(int64) < now {
			e.ids.Delete(id)
			e.count.Add(-1)
		}
		return true
	})
}
