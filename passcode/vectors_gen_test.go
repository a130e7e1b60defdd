package passcode

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

var update = flag.Bool("update", false, "write "+vectorFile+" anew")

// TestVectorsAreCurrent holds the published file to its generator. Signatures of
// the vectors are deterministic (RFC 6979 with SM3), so that a run changes
// nothing unless the format did.
func TestVectorsAreCurrent(t *testing.T) {
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(generate(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(vectorFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the format makes; run go test ./passcode -run TestVectorsAreCurrent -update", vectorFile)
	}
}

// testKey is a published key pair: its private half is the SM3 digest of its name.
type testKey struct {
	keyVector
	private *sm2.PrivateKey
	id      identity
}

func newTestKey(t testing.TB, name string, community uint32, number uint16) testKey {
	t.Helper()
	secret := sm3.Sum([]byte("CommunityPass test key " + name))
	private, err := sm2.NewPrivateKey(secret[:])
	if err != nil {
		t.Fatal(err)
	}
	id, err := identityOf(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := private.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	return testKey{private: private, id: id, keyVector: keyVector{
		Name: name, Warning: "TEST KEY, published: never use it to admit anybody",
		Community: community, Key: number, Private: hex.EncodeToString(secret[:]),
		Public: hex.EncodeToString(exchange.PublicKey().Bytes()), ZA: hex.EncodeToString(id[:]),
	}}
}

// code signs a header with this key, whatever key the header names.
func (k testKey) code(t testing.TB, h Header) Code {
	t.Helper()
	var header [headerSize]byte
	h.put(&header)
	digest := k.id.digest(&header)
	return Code{Header: h, Signature: k.signDigest(t, digest[:])}
}

func (k testKey) signDigest(t testing.TB, digest []byte) [signatureSize]byte {
	t.Helper()
	der, err := sm2.SignDeterministic(k.private, digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, ok := rawOf(der)
	if !ok {
		t.Fatal("not a signature")
	}
	return raw
}

// text writes a code without asking whether it is a good one.
func (c Code) text() string {
	var header [headerSize]byte
	c.put(&header)
	return textOf(&header, &c.Signature)
}

func generate(t testing.TB) vectorSet {
	east := newTestKey(t, "east", 110_105, 1)
	// The first two bytes of this key's resident codes are 0x1104, whose first
	// Base45 digit is the space: readers that trim would lose it.
	eastNext := newTestKey(t, "east-next", 110_105, 1025)
	west := newTestKey(t, "west", maxUint24, 65_535)
	set := vectorSet{
		About: "Golden vectors of the CommunityPass pass code (社区通行码标准测试向量). " +
			"The keys are test keys. Each valid text must parse to these fields and verify with the key named by signed_by only; " +
			"each invalid text must be refused at the named stage when checked with the key named by check_with.",
		Epoch: Epoch, StepSeconds: StepSeconds, UserID: userID,
		Keys: []keyVector{east.keyVector, eastNext.keyVector, west.keyVector},
	}
	for _, at := range []string{
		"2024-12-31T23:59:59.999Z", "2025-01-01T00:00:00Z", "2025-01-01T00:00:29.999Z",
		"2025-01-01T00:00:30Z", "2025-01-02T00:00:00Z", "2026-12-31T15:59:59.999Z", "2026-12-31T16:00:00Z",
		"2040-12-13T10:07:59.999Z", "2040-12-13T10:08:00Z",
	} {
		instant, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		set.Instants = append(set.Instants, instantVector{
			At: instant, Window: WindowAt(instant), Day: DayAt(instant.Add(chinaOffset))})
	}
	set.Valid = validVectors(t, east, eastNext, west)
	set.Invalid = invalidVectors(t, east, eastNext, west)
	return set
}

// rotating is the header of the valid vectors "rotating-<kind>" and "begins-with-a-space".
func rotating(k testKey, kind Kind) Header {
	return Header{Format: Rotating, Kind: kind, Key: k.Key, Community: k.Community,
		Pass: 0x0123456789ab + uint64(kind), Group: 7, Window: 1_989_121}
}

func validVectors(t testing.TB, east, eastNext, west testKey) (list []validVector) {
	add := func(name string, k testKey, h Header) {
		h.Key, h.Community = k.Key, k.Community
		c := k.code(t, h)
		var header [headerSize]byte
		h.put(&header)
		digest := k.id.digest(&header)
		list = append(list, validVector{
			Name: name, SignedBy: k.Name, Text: c.text(),
			Bytes:  hex.EncodeToString(append(header[:], c.Signature[:]...)),
			Format: h.Format, Kind: h.Kind, KindName: h.Kind.String(), Key: h.Key, Community: h.Community,
			Pass: h.Pass, Group: h.Group, Window: h.Window, ExpiresAt: h.ExpiresAt(),
			Digest: hex.EncodeToString(digest[:]),
		})
	}
	for kind := Resident; kind <= Vehicle; kind++ {
		add("rotating-"+kind.String(), east, rotating(east, kind))
		add("card-"+kind.String(), east, Header{Format: Card, Kind: kind,
			Pass: 0xa9876543210f - uint64(kind), Group: 260, Window: 729})
	}
	add("begins-with-a-space", eastNext, rotating(eastNext, Resident))
	add("smallest-numbers", east, Header{Format: Rotating, Kind: Resident})
	add("largest-numbers", west, Header{Format: Rotating, Kind: Vehicle,
		Pass: maxUint48, Group: 65_535, Window: maxUint24})
	return list
}
