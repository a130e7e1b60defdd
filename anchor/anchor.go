// Package anchor writes, reads and verifies the daily signed heads of the audit
// chain, in the form in which they leave the database. docs/audit.md describes it
// for those who verify with tools of their own.
package anchor

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// Zone is the zone whose days are anchored.
var Zone = time.FixedZone("UTC+8", 8*60*60)

const layout = "2006-01-02"

// Day is the day of an instant, in Unix milliseconds.
func Day(ms int64) string { return model.FromMillis(ms).In(Zone).Format(layout) }

// Next is the day after a day; "" when it is none.
func Next(day string) string {
	t, err := time.ParseInLocation(layout, day, Zone)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, 1).Format(layout)
}

// Previous is the day before a day; "" when it is none.
func Previous(day string) string {
	t, err := time.ParseInLocation(layout, day, Zone)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, -1).Format(layout)
}

// Start is the first millisecond of a day; 0 when it is none.
func Start(day string) int64 {
	t, err := time.ParseInLocation(layout, day, Zone)
	if err != nil {
		return 0
	}
	return model.Millis(t)
}

// Text is what is signed: one field a line, each line ended.
func Text(a *model.Anchor) []byte {
	return fmt.Appendf(nil, "communitypass-anchor-1\n%s\n%d\n%x\n%d\n%d\n%d\n%d\n%x\n%d\n", a.Day, a.Seq, a.Hash,
		a.Entries, a.Batches, a.Passages, a.PreviousSeq, a.PreviousHash, a.At)
}

// Line is an anchor as a line of JSON.
type Line struct {
	Day          string `json:"day"`
	Seq          int64  `json:"seq"`
	Hash         string `json:"hash"`
	Entries      int64  `json:"entries"`
	Batches      int64  `json:"batches"`
	Passages     int64  `json:"passages"`
	PreviousSeq  int64  `json:"previous_seq"`
	PreviousHash string `json:"previous_hash"`
	At           int64  `json:"at"`
	Kid          string `json:"kid"`
	Signature    string `json:"signature"`
}

const kidPrefix = "platform-0-"

// Write is the line of an anchor, ended.
func Write(a *model.Anchor) []byte {
	out, err := json.Marshal(Line{Day: a.Day, Seq: a.Seq, Hash: hex.EncodeToString(a.Hash), Entries: a.Entries, Batches: a.Batches,
		Passages: a.Passages, PreviousSeq: a.PreviousSeq, PreviousHash: hex.EncodeToString(a.PreviousHash), At: a.At,
		Kid: fmt.Sprintf("%s%d", kidPrefix, a.KeyNumber), Signature: hex.EncodeToString(a.Signature)})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return append(out, '\n')
}

// Read reads lines; a line that is none is an error that names its number. The
// same line twice counts once.
func Read(text []byte) ([]model.Anchor, error) {
	var out []model.Anchor
	seen := map[string]bool{}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || seen[line] {
			continue
		}
		seen[line] = true
		a, err := read([]byte(line))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		out = append(out, a)
	}
	return out, nil
}

func read(line []byte) (model.Anchor, error) {
	var l Line
	if err := json.Unmarshal(line, &l); err != nil {
		return model.Anchor{}, err
	}
	a := model.Anchor{Day: l.Day, Seq: l.Seq, Entries: l.Entries, Batches: l.Batches, Passages: l.Passages, PreviousSeq: l.PreviousSeq, At: l.At}
	for _, f := range []struct {
		text string
		into *[]byte
	}{{l.Hash, &a.Hash}, {l.PreviousHash, &a.PreviousHash}, {l.Signature, &a.Signature}} {
		var err error
		if *f.into, err = hex.DecodeString(f.text); err != nil {
			return a, err
		}
	}
	_, err := fmt.Sscanf(l.Kid, kidPrefix+"%d", &a.KeyNumber)
	return a, err
}

// Keys are public keys of the platform by their number.
type Keys map[uint16]*ecdsa.PublicKey

// Signed reports whether the anchor carries a right signature of one of the keys.
func (k Keys) Signed(a *model.Anchor) bool { return gm.VerifySM2(k[a.KeyNumber], Text(a), a.Signature) }

// KeysOf reads a key set (RFC 7517) as /.well-known/jwks.json gives it.
func KeysOf(jwks []byte) (Keys, error) {
	var set struct {
		Keys []struct{ X, Y, Kid string }
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, err
	}
	out := Keys{}
	for _, k := range set.Keys {
		var number uint16
		if _, err := fmt.Sscanf(k.Kid, kidPrefix+"%d", &number); err != nil {
			continue // of a community
		}
		x, errX := base64.RawURLEncoding.DecodeString(k.X)
		y, errY := base64.RawURLEncoding.DecodeString(k.Y)
		if errX != nil || errY != nil {
			return nil, fmt.Errorf("key %s is not readable", k.Kid)
		}
		point, err := gm.ParsePublic(append(append([]byte{4}, x...), y...))
		if err != nil {
			return nil, err
		}
		out[number] = point
	}
	return out, nil
}
