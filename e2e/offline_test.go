package e2e_test

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/openapi/wire"
)

// TestOffline is what a gate does that was without a network, and what it needs
// to be prepared.
func TestOffline(t *testing.T) {
	t.Parallel()
	w := start(t)
	t.Run("each item has its own answer", w.uploadMixed)
	t.Run("two gates admitted the same code", w.uploadConflict)
	t.Run("ten thousand passages, twice", w.uploadMany)
	t.Run("the bundle is signed and has a version", w.bundle)
	t.Run("a device whose clock is wrong", w.wrongClock)
}

// offline is a passage that a gate decided alone.
func (w *world) offline(t testing.TB, code, direction string) map[string]any {
	t.Helper()
	return map[string]any{"scan_id": w.unique("offline"), "code": code, "direction": direction, "scanned_at": at(w.now(t)), "online": false,
		"decision": "admit", "reason": "ok", "rule_version": 1, "bundle_version": "abc", "outcome": "passed"}
}

func (c *client) upload(t testing.TB, items ...map[string]any) []wire.PassageItemResult {
	t.Helper()
	a := c.post(t, "/v1/gate/passages/batch", map[string]any{"passages": items})
	got := want[wire.PassageBatchResult](t, a, 200)
	if len(got.Results) != len(items) {
		t.Fatalf("%d results for %d items", len(got.Results), len(items))
	}
	return got.Results
}

func (w *world) uploadMixed(t *testing.T) {
	w.newWindow(t)
	codes := w.person("欧阳小燕").codes(t, w.Demo.People["欧阳小燕"].PassID, 3).Codes
	good, second := w.offline(t, codes[0].Code, "in"), w.offline(t, "not a code", "in")
	second["decision"], second["reason"] = "refuse", "unknown_code"
	strange, unknown, vague, late := w.offline(t, codes[1].Code, "in"), w.offline(t, codes[1].Code, "in"), w.offline(t, codes[2].Code, "in"), w.offline(t, codes[1].Code, "in")
	strange["direction"], unknown["colour"], vague["online"], vague["temperature_c"] = "sideways", "green", true, nil
	late["reason"] = "no_such_reason"
	results := w.gate(east).upload(t, good, strange, second, unknown, good, vague, late)
	for i, status := range []string{"stored", "rejected", "stored", "rejected", "duplicate", "stored", "rejected"} {
		r := results[i]
		if string(r.Status) != status || (status == "rejected") != (r.Reason != nil) || (status == "rejected") != (r.PassageId == nil) {
			t.Errorf("item %d is answered %+v instead of %s", i, r, status)
		}
	}
	if results[0].PassageId == nil || results[4].PassageId == nil || *results[0].PassageId != *results[4].PassageId {
		t.Error("the duplicate is another passage")
	}
	list := want[wire.PassageList](t, w.person(manager).get(t, w.in("passages")), 200)
	if len(list.Items) != 3 || list.Items[0].Online || list.Items[1].Online || list.Items[2].Online {
		t.Errorf("stored were %+v", list.Items)
	}
	w.gate(east).post(t, "/v1/gate/passages/batch", map[string]any{"passages": []any{}}).wants(t, 400, "invalid")
	w.gate(east).upload(t, map[string]any{})
	mixed := w.gate(east).post(t, "/v1/gate/passages/batch", map[string]any{"passages": []any{5, good, nil, "text", []any{}}})
	for i, r := range want[wire.PassageBatchResult](t, mixed, 200).Results {
		if status := map[bool]string{true: "duplicate", false: "rejected"}[i == 1]; string(r.Status) != status {
			t.Errorf("item %d of the strange ones is answered %+v instead of %s", i, r, status)
		}
	}
}

// uploadConflict: both gates are of one ring, so the code was good for one.
func (w *world) uploadConflict(t *testing.T) {
	w.newWindow(t)
	code := w.person("林浩").code(t, w.Demo.People["林浩"].PassID)
	one, two := w.offline(t, code, "in"), w.offline(t, code, "in")
	first := w.gate(east).upload(t, one)[0]
	other := w.gate(west).upload(t, two)[0]
	if first.Status != "stored" || first.ConflictId != nil || other.Status != "stored" || other.ConflictId == nil {
		t.Fatalf("the gates are answered %+v and %+v", first, other)
	}
	again := w.gate(west).upload(t, two)[0]
	if again.Status != "duplicate" || again.ConflictId == nil || *again.ConflictId != *other.ConflictId {
		t.Errorf("once more it is %+v", again)
	}
	for _, who := range []string{manager, guard, committee} {
		list := want[wire.ConflictList](t, w.person(who).get(t, w.in("conflicts")), 200)
		if len(list.Items) != 1 || list.Items[0].Id != *other.ConflictId || len(list.Items[0].PassageIds) != 2 {
			t.Errorf("%s sees the conflicts %+v", who, list.Items)
		}
	}
	soon(t, "the property system hears of the conflict", func() bool {
		for _, e := range w.received(t) {
			if e.Type == "cn.communitypass.passage.conflict" && e.Verified {
				return true
			}
		}
		return false
	})
}

// uploadMany: what a gate kept over a weekend, and the whole of it once more,
// since the answer to the last chunk was lost.
func (w *world) uploadMany(t *testing.T) {
	const all, chunk = 10_000, 1_000
	items := make([]map[string]any, all)
	for i := range items {
		items[i] = map[string]any{"scan_id": fmt.Sprintf("weekend-%05d", i), "code": fmt.Sprintf("NOT A CODE %d", i), "direction": "in",
			"scanned_at": "2026-11-20T08:00:00.000Z", "decision": "refuse", "reason": "unknown_code", "rule_version": 1, "bundle_version": "v", "outcome": "decided"}
	}
	var passages [2][]string
	for round, status := range []wire.PassageItemResultStatus{"stored", "duplicate"} {
		began := time.Now()
		for i := 0; i < all; i += chunk {
			for n, r := range w.gate(door).upload(t, items[i:i+chunk]...) {
				if r.Status != status || r.PassageId == nil || r.ScanId != items[i+n]["scan_id"] {
					t.Fatalf("round %d: item %d is answered %+v", round+1, i+n, r)
				}
				passages[round] = append(passages[round], *r.PassageId)
			}
		}
		t.Logf("round %d took %v", round+1, time.Since(began))
		if took := time.Since(began); took > time.Minute {
			t.Errorf("round %d took %v", round+1, took)
		}
	}
	if !reflect.DeepEqual(passages[0], passages[1]) {
		t.Error("the second upload names other passages")
	}
	w.gate(door).post(t, "/v1/gate/passages/batch", map[string]any{"passages": items[:chunk+1]}).wants(t, 400, "invalid")
}

// platformKey finds a public key of the platform in the key set.
func (w *world) platformKey(t testing.TB, id string) *ecdsa.PublicKey {
	t.Helper()
	for _, k := range want[wire.Jwks](t, w.home.get(t, "/.well-known/jwks.json"), 200).Keys {
		if k.Kid != id {
			continue
		}
		if k.Purpose == nil || *k.Purpose != "platform" {
			t.Errorf("the key is for %v", k.Purpose)
		}
		x, err1 := base64.RawURLEncoding.DecodeString(k.X)
		y, err2 := base64.RawURLEncoding.DecodeString(k.Y)
		key, err3 := gm.ParsePublic(append(append([]byte{4}, x...), y...))
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		return key
	}
	t.Fatalf("the key set has no %s", id)
	return nil
}

func (w *world) bundle(t *testing.T) {
	a := w.gate(east).get(t, "/v1/gate/bundle")
	b := want[wire.SignedBundle](t, a, 200)
	payload, err1 := base64.StdEncoding.DecodeString(b.Payload)
	signature, err2 := base64.StdEncoding.DecodeString(b.Signature)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	key := w.platformKey(t, b.KeyId)
	if !gm.VerifySM2(key, payload, signature) {
		t.Error("the signature does not fit")
	}
	payload[len(payload)/2]++
	if gm.VerifySM2(key, payload, signature) {
		t.Error("the signature fits another payload")
	}
	payload[len(payload)/2]--
	var content struct {
		Gate struct{ ID string }
		Keys []any
	}
	if err := json.Unmarshal(payload, &content); err != nil || content.Gate.ID != w.Demo.Gates[east].GateID || len(content.Keys) == 0 {
		t.Errorf("the bundle is of %+v: %v", content, err)
	}
	if left := b.ExpiresAt.Sub(w.now(t)); left < time.Hour || left > 48*time.Hour {
		t.Errorf("the bundle is good for %v", left)
	}
	tag := a.header.Get("ETag")
	same := w.gate(east).do(t, request{method: "GET", path: "/v1/gate/bundle", header: map[string]string{"If-None-Match": tag}})
	if same.wants(t, 304); same.header.Get("ETag") != tag {
		t.Errorf("304 with the tag %s instead of %s", same.header.Get("ETag"), tag)
	}
	for asked, status := range map[string]int{`W/` + tag: 304, `"other", ` + tag: 304, `*`: 304, `"other"`: 200, tag[:len(tag)-2] + `"`: 200} {
		w.gate(east).do(t, request{method: "GET", path: "/v1/gate/bundle", header: map[string]string{"If-None-Match": asked}}).wants(t, status)
	}
	if other := w.gate(west).get(t, "/v1/gate/bundle"); other.header.Get("ETag") == tag {
		t.Error("two gates have the same bundle")
	}
}

// wrongClock: a device says in its heartbeat what its clock shows; its scans are
// then judged by the true time, however wrong the clock is.
func (w *world) wrongClock(t *testing.T) {
	pass := w.Demo.People["李雷"].PassID
	for _, wrong := range []time.Duration{100 * time.Second, -100 * time.Second, 26 * time.Hour} {
		w.newWindow(t)
		beat := want[wire.HeartbeatAnswer](t, w.gate(east).post(t, "/v1/gate/heartbeats",
			map[string]any{"device_time": at(w.now(t).Add(wrong)), "queue_length": 3, "software": "e2e/1"}), 200)
		if off := time.Duration(beat.ClockOffsetMs)*time.Millisecond - wrong; off.Abs() > 10*time.Second {
			t.Errorf("a clock that is %v off is measured as %d ms", wrong, beat.ClockOffsetMs)
		}
		codes := w.person("李雷").codes(t, pass, 7).Codes
		show := func(code string) wire.ScanDecision {
			scan := w.scan(t, code, "in")
			scan["scanned_at"] = at(w.now(t).Add(wrong))
			return w.gate(east).decide(t, scan)
		}
		decided(t, show(codes[0].Code), "admit", "ok")
		decided(t, show(codes[6].Code), "refer", "clock_skew")
		w.advance(t, 61*time.Second)
		decided(t, show(codes[0].Code), "refuse", "expired")
	}
	for _, d := range want[wire.DeviceList](t, w.person(manager).get(t, w.in("devices")), 200).Items {
		if d.GateId == w.Demo.Gates[east].GateID && d.Profile != "vendor" && (d.LastSeenAt == nil || d.QueueLength == nil || *d.QueueLength != 3) {
			t.Errorf("the manager sees the device as %+v", d)
		}
	}
}
