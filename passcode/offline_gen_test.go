package passcode

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"
)

const offlineFile = "testdata/offline.json"

// offlineSet is the shape of testdata/offline.json: golden vectors of format 3.
type offlineSet struct {
	About string `json:"about"`
	// Keys are of communities, Phones of phones: those have no community and number.
	Keys    []keyVector     `json:"keys"`
	Phones  []keyVector     `json:"phones"`
	Valid   []offlineVector `json:"valid"`
	Invalid []invalidVector `json:"invalid"`
}

type offlineVector struct {
	Name     string `json:"name"`
	SignedBy string `json:"signed_by"`
	Phone    string `json:"phone"`
	PhoneKey string `json:"phone_key_hex"`
	Text     string `json:"text"`
	Bytes    string `json:"bytes_hex"`
	Strip    string `json:"strip_hex"`
	// StripDigest is what the community signed, Digest what the phone did.
	StripDigest string    `json:"strip_digest_hex"`
	Digest      string    `json:"digest_hex"`
	Kind        Kind      `json:"kind"`
	Key         uint16    `json:"key"`
	Community   uint32    `json:"community"`
	Pass        uint64    `json:"pass"`
	Group       uint16    `json:"group"`
	First       uint32    `json:"first_window"`
	Last        uint32    `json:"last_window"`
	Window      uint32    `json:"window"`
	Current     bool      `json:"current"`
	ExpiresAt   time.Time `json:"expires_at"`
}

func loadOffline(t testing.TB) (set offlineSet) {
	t.Helper()
	raw, err := os.ReadFile(offlineFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// TestOfflineVectorsAreCurrent is TestVectorsAreCurrent for format 3.
func TestOfflineVectorsAreCurrent(t *testing.T) {
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(generateOffline(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(offlineFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(offlineFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the format makes; run go test ./passcode -run TestOfflineVectorsAreCurrent -update", offlineFile)
	}
}

// offlineCode is a code of format 3 with whatever is to be wrong in it.
type offlineCode struct {
	strip     Strip
	window    uint32
	signature [signatureSize]byte
}

func (c *offlineCode) text() string {
	message := phoneMessage(&c.strip, c.window)
	return phoneText(&message, &c.signature)
}

func (k testKey) compressed(t testing.TB) PhoneKey { return compressed(t, &k.private.PublicKey) }

func compressed(t testing.TB, pub *ecdsa.PublicKey) PhoneKey {
	t.Helper()
	key, err := phoneKeyOf(pub)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// strip signs a strip with this key, whatever it says.
func (k testKey) strip(t testing.TB, s Strip) Strip {
	t.Helper()
	signed := s.signed()
	digest := k.id.digestOf(signed[:])
	s.Signature = k.signDigest(t, digest[:])
	return s
}

// shown signs a window with a phone's key, whatever the strip says.
func (k testKey) shown(t testing.TB, s Strip, window uint32) offlineCode {
	t.Helper()
	message := phoneMessage(&s, window)
	digest := k.id.digestOf(message[:])
	return offlineCode{strip: s, window: window, signature: k.signDigest(t, digest[:])}
}

// stripFor is the strip of the valid vectors "strip-<kind>", not signed yet.
func stripFor(t testing.TB, k, phone testKey, kind Kind) Strip {
	h := rotating(k, kind)
	h.Format = DoubleOffline
	return Strip{Header: h, Last: h.Window + MaxStripWindows - 1, Phone: phone.compressed(t)}
}

func generateOffline(t testing.TB) offlineSet {
	east, west := newTestKey(t, "east", 110_105, 1), newTestKey(t, "west", maxUint24, 65_535)
	phone, other := newTestKey(t, "phone", 0, 0), newTestKey(t, "phone-other", 0, 0)
	set := offlineSet{
		About: "Golden vectors of format 3, the pass code that a phone signs (双离线通行码标准测试向量). The keys are test keys. " +
			"Each valid text must parse to these fields and verify with the key named by signed_by only; one whose window its strip does not cover " +
			"is not current, and expired. Each invalid text must be refused at the named stage when checked with the key named by check_with.",
		Keys:   []keyVector{east.keyVector, west.keyVector},
		Phones: []keyVector{phone.keyVector, other.keyVector},
	}
	add := func(name string, k, phone testKey, s Strip, window uint32) {
		s = k.strip(t, s)
		set.Valid = append(set.Valid, offlineVectorOf(k, phone, name, phone.shown(t, s, window)))
	}
	for kind := Resident; kind <= Vehicle; kind++ {
		s := stripFor(t, east, phone, kind)
		add("strip-"+kind.String(), east, phone, s, s.Window+uint32(kind))
	}
	s := stripFor(t, east, phone, Resident)
	add("first-window", east, phone, s, s.Window)
	add("last-window", east, phone, s, s.Last)
	add("before-the-strip", east, phone, s, s.Window-1)
	add("after-the-strip", east, phone, s, s.Last+1)
	add("other-phone", east, other, stripFor(t, east, other, Resident), s.Window)
	one := stripFor(t, east, phone, Visitor)
	one.Last = one.Window
	add("one-window", east, phone, one, one.Window)
	add("smallest-numbers", east, phone, Strip{Header: Header{Format: DoubleOffline, Kind: Resident, Key: 1, Community: 110_105}, Phone: s.Phone}, 0)
	add("largest-numbers", west, phone, Strip{Header: Header{Format: DoubleOffline, Kind: Vehicle, Key: west.Key, Community: west.Community,
		Pass: maxUint48, Group: 65_535, Window: maxUint24}, Last: maxUint24, Phone: s.Phone}, maxUint24)
	set.Invalid = badOffline(t, east, west, phone, other)
	return set
}

func offlineVectorOf(k, phone testKey, name string, c offlineCode) offlineVector {
	h, strip, message := c.strip.Header, c.strip.raw(), phoneMessage(&c.strip, c.window)
	signed := c.strip.signed()
	stripDigest, digest := k.id.digestOf(signed[:]), phone.id.digestOf(message[:])
	h.Window = c.window
	return offlineVector{
		Name: name, SignedBy: k.Name, Phone: phone.Name, PhoneKey: hex.EncodeToString(c.strip.Phone[:]), Text: c.text(),
		Bytes: hex.EncodeToString(append(message[:], c.signature[:]...)), Strip: hex.EncodeToString(strip[:]),
		StripDigest: hex.EncodeToString(stripDigest[:]), Digest: hex.EncodeToString(digest[:]),
		Kind: h.Kind, Key: h.Key, Community: h.Community, Pass: h.Pass, Group: h.Group,
		First: c.strip.Window, Last: c.strip.Last, Window: c.window, Current: c.strip.Covers(c.window), ExpiresAt: h.ExpiresAt(),
	}
}
