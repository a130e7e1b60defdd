package gm_test

import (
	"bytes"
	"errors"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

func dataRing(t testing.TB) *gm.Ring {
	t.Helper()
	m := gm.NewMaster()
	return newRing(t, m, key(t, m, model.KeyData, "", 1, model.KeyActive))
}

func TestDataKeySealsFields(t *testing.T) {
	r := dataRing(t)
	wrapped, dk, err := r.NewDataKey("p1")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := r.OpenDataKey("p1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := dk.Seal("persons.name", "王建国")
	if err != nil || len(sealed) != 12+len("王建国")+16 || bytes.Contains(sealed, []byte("王")) {
		t.Fatalf("%d bytes, %v", len(sealed), err)
	}
	if got, err := opened.Open("persons.name", sealed); err != nil || got != "王建国" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := opened.Open("persons.phone", sealed); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("opens as another field: %v", err)
	}
	_, other, _ := r.NewDataKey("p1")
	if _, err := other.Open("persons.name", sealed); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("opens under another key: %v", err)
	}
}

func TestDataKeyEmptyTextIsNil(t *testing.T) {
	_, dk, _ := dataRing(t).NewDataKey("p1")
	if b, err := dk.Seal("persons.name", ""); b != nil || err != nil {
		t.Errorf("sealed %x, %v", b, err)
	}
	for _, b := range [][]byte{nil, {}} {
		if s, err := dk.Open("persons.name", b); s != "" || err != nil {
			t.Errorf("opened %q, %v", s, err)
		}
	}
	if _, err := dk.Seal("", "x"); err == nil {
		t.Error("seals for no field")
	}
	if _, err := dk.Open("", []byte("x")); err == nil {
		t.Error("opens for no field")
	}
}

func TestDataKeyRefusesEveryFlippedBit(t *testing.T) {
	r := dataRing(t)
	wrapped, dk, _ := r.NewDataKey("p1")
	sealed, _ := dk.Seal("persons.phone", "13800000000")
	flipEveryBit(t, sealed, func(b []byte) error {
		_, err := dk.Open("persons.phone", b)
		return err
	})
	flipEveryBit(t, wrapped, func(b []byte) error {
		_, err := r.OpenDataKey("p1", b)
		return err
	})
	for n := 1; n < len(sealed); n++ {
		if _, err := dk.Open("persons.phone", sealed[:n]); !errors.Is(err, gm.ErrSealed) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestDataKeyIsBoundToItsSubject(t *testing.T) {
	r := dataRing(t)
	wrapped, _, _ := r.NewDataKey("p1")
	if _, err := r.OpenDataKey("p2", wrapped); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("other subject: %v", err)
	}
	if _, err := dataRing(t).OpenDataKey("p1", wrapped); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("other ring: %v", err)
	}
	if _, err := r.OpenDataKey("p1", nil); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("destroyed: %v", err)
	}
	if _, _, err := r.NewDataKey(""); err == nil {
		t.Error("a key of nobody")
	}
}

func TestRewrapMovesToTheActiveKeyOnce(t *testing.T) {
	m := gm.NewMaster()
	k1, k2 := key(t, m, model.KeyData, "", 1, model.KeyActive), key(t, m, model.KeyData, "", 2, model.KeyActive)
	wrapped, dk, _ := newRing(t, m, k1).NewDataKey("p1")
	sealed, _ := dk.Seal("persons.name", "李梅")

	r := newRing(t, m, with(k1, model.KeyRetiring), k2)
	if _, _, err := r.Rewrap("p2", wrapped); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("rewrapped for another subject: %v", err)
	}
	moved, changed, err := r.Rewrap("p1", wrapped)
	if err != nil || !changed || moved[1] != 2 {
		t.Fatalf("changed %t, %v", changed, err)
	}
	same, changed, err := r.Rewrap("p1", moved)
	if err != nil || changed || !bytes.Equal(same, moved) {
		t.Errorf("second time: changed %t, %v", changed, err)
	}

	after := newRing(t, m, with(k1, model.KeyRetired), k2)
	again, err := after.OpenDataKey("p1", moved)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := again.Open("persons.name", sealed); err != nil || s != "李梅" {
		t.Errorf("%q, %v", s, err)
	}
	_, err = after.OpenDataKey("p1", wrapped)
	wantCode(t, err, model.CodeKeyMissing)
	_, _, err = after.Rewrap("p1", wrapped)
	wantCode(t, err, model.CodeKeyMissing)
	_, _, err = newRing(t, m, with(k1, model.KeyRetiring)).Rewrap("p1", wrapped)
	wantCode(t, err, model.CodeKeyMissing)
	_, _, err = newRing(t, m).Rewrap("p1", make([]byte, 46))
	wantCode(t, err, model.CodeKeyMissing)
}
