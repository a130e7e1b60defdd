package store

import (
	"sync"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// dataKeyCache keeps opened data keys, since making an SM4 cipher costs more than
// using it. It forgets everything when full: simple, and rare at this size.
type dataKeyCache struct {
	sync.Mutex
	keys map[string]*gm.DataKey
	// gone are the subjects whose key was destroyed: who read the key a moment before
	// must not put it back.
	gone map[string]struct{}
}

const dataKeyCacheLimit = 50_000

func (c *dataKeyCache) get(subjectID string) (*gm.DataKey, bool) {
	c.Lock()
	defer c.Unlock()
	k, ok := c.keys[subjectID]
	return k, ok
}

func (c *dataKeyCache) put(subjectID string, k *gm.DataKey) {
	c.Lock()
	defer c.Unlock()
	if _, gone := c.gone[subjectID]; gone {
		return
	}
	if c.keys == nil || len(c.keys) >= dataKeyCacheLimit {
		c.keys = make(map[string]*gm.DataKey)
	}
	c.keys[subjectID] = k
}

// ForgetDataKey drops an opened key from memory for good, after it was destroyed
// here or by another replica.
func (s *Store) ForgetDataKey(subjectID string) {
	s.keys.Lock()
	defer s.keys.Unlock()
	delete(s.keys.keys, subjectID)
	if s.keys.gone == nil {
		s.keys.gone = make(map[string]struct{})
	}
	s.keys.gone[subjectID] = struct{}{}
}

// ForgetOpenedKeys drops all opened keys from memory, for a replica that may have
// missed that some were destroyed.
func (s *Store) ForgetOpenedKeys() {
	s.keys.Lock()
	defer s.keys.Unlock()
	s.keys.keys = nil
}

// dataKeyRow is the envelope key of one subject (a person, a roster entry, an
// emergency). Destroying it is the deletion of all that it sealed.
type dataKeyRow struct {
	SubjectID   string
	Wrapped     []byte
	CreatedAt   int64
	DestroyedAt int64
}

func (dataKeyRow) TableName() string { return "data_keys" }

// newDataKey makes and stores a subject's data key.
func (t *Tx) newDataKey(subjectID string) (*gm.DataKey, error) {
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	wrapped, key, err := ring.NewDataKey(subjectID)
	if err != nil {
		return nil, err
	}
	row := dataKeyRow{SubjectID: subjectID, Wrapped: wrapped, CreatedAt: t.now()}
	return key, translate(t.db.Create(&row).Error)
}

// dataKey opens a subject's data key; not_found when it was destroyed.
func (t *Tx) dataKey(subjectID string) (*gm.DataKey, error) {
	if key, ok := t.store.keys.get(subjectID); ok {
		return key, nil
	}
	keys, err := t.dataKeys([]string{subjectID})
	if err != nil {
		return nil, err
	}
	if key, ok := keys[subjectID]; ok {
		return key, nil
	}
	return nil, model.NotFound()
}

// dataKeys opens the data keys of many subjects with one query; subjects whose
// key was destroyed are absent.
func (t *Tx) dataKeys(subjectIDs []string) (map[string]*gm.DataKey, error) {
	out := make(map[string]*gm.DataKey, len(subjectIDs))
	var missing []string
	for _, id := range subjectIDs {
		if key, ok := t.store.keys.get(id); ok {
			out[id] = key
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	var found []dataKeyRow
	if err := t.db.Where("subject_id IN ? AND destroyed_at = 0", missing).Find(&found).Error; err != nil {
		return nil, translate(err)
	}
	for _, row := range found {
		key, err := ring.OpenDataKey(row.SubjectID, row.Wrapped)
		if err != nil {
			return nil, err
		}
		t.store.keys.put(row.SubjectID, key)
		out[row.SubjectID] = key
	}
	return out, nil
}
