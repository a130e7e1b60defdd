package gm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

func TestGenerateMakesAWrappedKeyInStateNext(t *testing.T) {
	m := gm.NewMaster()
	for _, p := range []model.KeyPurpose{model.KeyPass, model.KeyData, model.KeySession, model.KeyIndex, model.KeyPlatform} {
		community := ""
		if p == model.KeyPass {
			community = "c1"
		}
		k, err := gm.Generate(m, p, community, 7, noon)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		if k.State != model.KeyNext || k.Number != 7 || k.Purpose != p || k.CommunityID != community ||
			k.CreatedAt != noon.UnixMilli() || k.ActivatedAt != 0 || len(k.ID) != 26 {
			t.Errorf("%s: record %+v", p, k)
		}
		signs := p == model.KeyPass || p == model.KeyPlatform
		if signs != (len(k.Public) == 65) || len(k.Wrapped) < 12+16+16 {
			t.Errorf("%s: public %d bytes, wrapped %d", p, len(k.Public), len(k.Wrapped))
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	m := gm.NewMaster()
	for _, c := range []struct {
		name      string
		purpose   model.KeyPurpose
		community string
		number    uint16
		field     string
	}{
		{"unknown purpose", "door", "", 1, "purpose"},
		{"number zero", model.KeyData, "", 0, "number"},
		{"pass key of nobody", model.KeyPass, "", 1, "community_id"},
		{"data key of a community", model.KeyData, "c1", 1, "community_id"},
	} {
		_, err := gm.Generate(m, c.purpose, c.community, c.number, noon)
		var e *model.Error
		if !errors.As(err, &e) || e.Code != model.CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Field != c.field {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	_, err := gm.Generate(gm.Master{}, model.KeyData, "", 1, noon)
	wantCode(t, err, model.CodeKeyMissing)
}

func TestRingRefusesAnotherMaster(t *testing.T) {
	m := gm.NewMaster()
	keys := fullSet(t, m)
	_, err := gm.NewRing(gm.NewMaster(), keys)
	wantCode(t, err, model.CodeKeyMissing)
	if !errors.Is(err, gm.ErrMaster) || !strings.Contains(err.Error(), "the master key does not fit") {
		t.Errorf("error %q does not say that the master key does not fit", err)
	}
	_, err = gm.NewRing(gm.Master{}, keys)
	wantCode(t, err, model.CodeKeyMissing)
}

// TestRingRefusesEditedRecords edits what a person with the database could.
func TestRingRefusesEditedRecords(t *testing.T) {
	m := gm.NewMaster()
	other := key(t, m, model.KeyPass, "c2", 1, model.KeyActive)
	edits := map[string]func(k *model.Key){
		"id":            func(k *model.Key) { k.ID = other.ID },
		"community":     func(k *model.Key) { k.CommunityID = "c2" },
		"number":        func(k *model.Key) { k.Number = 2 },
		"number zero":   func(k *model.Key) { k.Number = 0 },
		"purpose":       func(k *model.Key) { k.Purpose, k.CommunityID = model.KeyPlatform, "" },
		"unknown state": func(k *model.Key) { k.State = "Active" },
		"other secret":  func(k *model.Key) { k.Wrapped = other.Wrapped },
		"other public":  func(k *model.Key) { k.Public = other.Public },
		"no public":     func(k *model.Key) { k.Public = nil },
		"no secret":     func(k *model.Key) { k.Wrapped = nil },
		"short secret":  func(k *model.Key) { k.Wrapped = k.Wrapped[:20] },
		"last bit":      func(k *model.Key) { k.Wrapped = slices.Clone(k.Wrapped); k.Wrapped[len(k.Wrapped)-1] ^= 1 },
	}
	for name, edit := range edits {
		k := key(t, m, model.KeyPass, "c1", 1, model.KeyActive)
		edit(&k)
		_, err := gm.NewRing(m, append(fullSet(t, m)[:4], k))
		if model.CodeOf(err) != model.CodeKeyMissing {
			t.Errorf("%s: %v, want key_missing", name, err)
			continue
		}
		if !strings.Contains(err.Error(), k.ID) || errors.Is(err, gm.ErrMaster) {
			t.Errorf("%s: %q should blame key %s", name, err, k.ID)
		}
	}
}

// TestRingLeavesOutUnknownPurposes is a rolling upgrade: the newer release has
// made a key that this one has no use for.
func TestRingLeavesOutUnknownPurposes(t *testing.T) {
	m := gm.NewMaster()
	newer := model.Key{ID: "k", Purpose: "door", Number: 1, State: model.KeyActive, Wrapped: []byte("of another form")}
	if got := newRing(t, m, append(fullSet(t, m), newer)...).Missing(); len(got) != 0 {
		t.Errorf("misses %v", got)
	}
}

// TestRingRefusesAnotherPurpose swaps purposes whose secrets look alike.
func TestRingRefusesAnotherPurpose(t *testing.T) {
	m := gm.NewMaster()
	k := key(t, m, model.KeySession, "", 1, model.KeyActive)
	k.Purpose = model.KeyIndex
	_, err := gm.NewRing(m, []model.Key{k, key(t, m, model.KeyData, "", 1, model.KeyActive)})
	wantCode(t, err, model.CodeKeyMissing)
}

func TestRingRefusesAmbiguousKeys(t *testing.T) {
	m := gm.NewMaster()
	for name, keys := range map[string][]model.Key{
		"one number twice": {key(t, m, model.KeyData, "", 3, model.KeyActive), key(t, m, model.KeyData, "", 3, model.KeyNext)},
		"two indexes":      {key(t, m, model.KeyIndex, "", 1, model.KeyActive), key(t, m, model.KeyIndex, "", 2, model.KeyActive)},
	} {
		if _, err := gm.NewRing(m, keys); model.CodeOf(err) != model.CodeKeyMissing {
			t.Errorf("%s: %v", name, err)
		}
	}
	newRing(t, m, key(t, m, model.KeyPass, "c1", 3, model.KeyActive), key(t, m, model.KeyPass, "c2", 3, model.KeyActive))
}

func TestRingLeavesRetiredKeysClosed(t *testing.T) {
	m := gm.NewMaster()
	k := key(t, gm.NewMaster(), model.KeyPass, "c1", 1, model.KeyRetired)
	k.Wrapped = []byte("gone")
	r := newRing(t, m, k, key(t, m, model.KeyPass, "c1", 2, model.KeyNext))
	if keys := r.PassKeys("c1"); len(keys) != 1 || keys[0].Number != 2 {
		t.Errorf("keys %v", keys)
	}
	if _, ok := r.PassSigner("c1"); ok {
		t.Error("a key that is not active signs")
	}
}

func TestPassKeysByCommunityAndState(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m,
		key(t, m, model.KeyPass, "c2", 1, model.KeyActive),
		key(t, m, model.KeyPass, "c1", 4, model.KeyNext),
		key(t, m, model.KeyPass, "c1", 2, model.KeyRetiring),
		key(t, m, model.KeyPass, "c1", 3, model.KeyActive),
		key(t, m, model.KeyPass, "c1", 1, model.KeyRetired),
		key(t, m, model.KeyPlatform, "", 1, model.KeyRetiring),
		key(t, m, model.KeyPlatform, "", 2, model.KeyActive),
	)
	if got := numbers(r.PassKeys("c1")); !slices.Equal(got, []uint16{2, 3, 4}) {
		t.Errorf("pass keys of c1: %v", got)
	}
	if got := numbers(r.AllPassKeys()); !slices.Equal(got, []uint16{2, 3, 4, 1}) {
		t.Errorf("all pass keys: %v", got)
	}
	if got := numbers(r.PlatformKeys()); !slices.Equal(got, []uint16{1, 2}) {
		t.Errorf("platform keys: %v", got)
	}
	if k, ok := r.PassSigner("c1"); !ok || k.Number != 3 || k.CommunityID != "c1" || k.State != model.KeyActive {
		t.Errorf("signer of c1: %+v", k)
	}
	if k, ok := r.Platform(); !ok || k.Number != 2 || k.CommunityID != "" {
		t.Errorf("platform signer: %+v", k)
	}
	if k, ok := r.PassSigner("c3"); ok || k != nil || len(r.PassKeys("c3")) != 0 {
		t.Error("a community without keys has one")
	}
	r.PassKeys("c1")[0] = nil
	if r.PassKeys("c1")[0] == nil {
		t.Error("a caller changed the ring")
	}
}

func TestTheHighestActiveNumberSigns(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeyPass, "c1", 9, model.KeyActive), key(t, m, model.KeyPass, "c1", 10, model.KeyActive))
	if k, _ := r.PassSigner("c1"); k.Number != 10 {
		t.Errorf("number %d signs", k.Number)
	}
}

func TestMissing(t *testing.T) {
	m := gm.NewMaster()
	all := []model.KeyPurpose{model.KeyData, model.KeySession, model.KeyIndex, model.KeyPlatform}
	if got := newRing(t, m).Missing(); !slices.Equal(got, all) {
		t.Errorf("empty ring misses %v", got)
	}
	keys := fullSet(t, m)
	if got := newRing(t, m, keys...).Missing(); len(got) != 0 {
		t.Errorf("full ring misses %v", got)
	}
	for i := range keys {
		keys[i].State = model.KeyNext
	}
	if got := newRing(t, m, keys...).Missing(); !slices.Equal(got, all) {
		t.Errorf("ring of next keys misses %v", got)
	}
}

func numbers(keys []*gm.SM2Key) []uint16 {
	var out []uint16
	for _, k := range keys {
		out = append(out, k.Number)
	}
	return out
}
