package e2e_test

import (
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/openapi/wire"
)

const recorded = "cn.communitypass.passage.recorded"

// told is a recipient under test: its system, its row, its secret.
type told struct {
	*world
	*receiver
	path, secret string
}

// TestRecipient is one outside system from its registration to the comparison of
// books: one story.
func TestRecipient(t *testing.T) {
	t.Parallel()
	w := start(t)
	r := &told{world: w, receiver: newReceiver(t)}
	r.register(t)
	r.try(t)
	r.pauseAndResume(t)
	r.rotate(t)
	r.failAndRetry(t)
	r.replay(t)
	r.compareBooks(t)
	r.policy(t)
	r.disable(t)
}

func (r *told) manager() *client { return r.person(manager) }

func (r *told) register(t *testing.T) {
	body := map[string]any{"community_id": r.garden(), "kind": "property", "name": "对账系统", "url": r.URL + "/in", "purpose": "books", "agreement": "A-1", "event_types": []string{recorded}}
	for _, bad := range []string{"ftp://example.com/x", "http://169.254.169.254/latest", "http://user:pass@127.0.0.1/", "https://exämple.com/", "nonsense"} {
		refused := map[string]any{}
		for k, v := range body {
			refused[k] = v
		}
		refused["url"] = bad
		r.manager().post(t, "/v1/recipients", refused).wants(t, 400, "recipient_url_refused")
	}
	key := map[string]string{"Idempotency-Key": r.unique("register")}
	a := r.manager().do(t, request{method: "POST", path: "/v1/recipients", body: body, header: key})
	made := want[wire.RecipientCreated](t, a, 201)
	if again := want[wire.RecipientCreated](t, r.manager().do(t, request{method: "POST", path: "/v1/recipients", body: body, header: key}), 201); again.Recipient.Id != made.Recipient.Id || again.Secret != made.Secret {
		t.Error("the same key makes another recipient")
	}
	body["name"] = "另一个"
	r.manager().do(t, request{method: "POST", path: "/v1/recipients", body: body, header: key}).wants(t, 422, "idempotency_key_reused")
	r.path, r.secret = "/v1/recipients/"+made.Recipient.Id, made.Secret
	for _, path := range []string{r.path, "/v1/recipients"} {
		if a := r.manager().get(t, path); strings.Contains(string(a.body), r.secret) || strings.Contains(string(a.body), "whsec_") {
			t.Errorf("%s shows the secret again", path)
		}
	}
}

// try sends a test event, which is signed and no part of the stream.
func (r *told) try(t *testing.T) {
	result := want[wire.RecipientTest](t, r.manager().post(t, r.path+"/test", nil), 200)
	got := r.all()
	if !result.Delivered || result.Status == nil || *result.Status != 204 || len(got) != 1 {
		t.Fatalf("the test is answered %+v after %d requests", result, len(got))
	}
	if !got[0].signedWith(t, r.secret) || got[0].sequence != 0 || !strings.HasPrefix(got[0].header.Get("Content-Type"), "application/cloudevents+json") {
		t.Errorf("what came is %+v", got[0])
	}
	r.answer(500)
	if result := want[wire.RecipientTest](t, r.manager().post(t, r.path+"/test", nil), 200); result.Delivered || *result.Status != 500 {
		t.Errorf("a failed test is answered %+v", result)
	}
	r.answer(204)
}

// pass lets something happen at the gate, n times.
func (r *told) pass(t *testing.T, n int) {
	for range n {
		r.gate(east).decide(t, r.scan(t, "HELLO", "in"))
	}
}

func (r *told) shown(t *testing.T) wire.Recipient {
	return want[wire.Recipient](t, r.manager().get(t, r.path), 200)
}

// stream is what came of the stream, in order of sequence.
func (r *told) stream() []receipt {
	out := slices.DeleteFunc(r.all(), func(e receipt) bool { return e.kind != recorded })
	slices.SortStableFunc(out, func(a, b receipt) int { return int(a.sequence - b.sequence) })
	return out
}

func (r *told) pauseAndResume(t *testing.T) {
	if p := want[wire.Recipient](t, r.manager().post(t, r.path+"/pause", nil), 200); p.State != "paused" {
		t.Fatalf("paused it is %s", p.State)
	}
	r.pass(t, 3)
	// The demo's own recipient has them by then, this one does not.
	soon(t, "the other recipient is told", func() bool { return len(r.received(t)) >= 3 })
	if s := r.shown(t); s.Waiting != 3 || s.Sequence != 3 || len(r.stream()) != 0 {
		t.Errorf("paused, %d wait, the sequence is %d, and %d came", s.Waiting, s.Sequence, len(r.stream()))
	}
	if p := want[wire.Recipient](t, r.manager().post(t, r.path+"/resume", nil), 200); p.State != "active" {
		t.Fatalf("resumed it is %s", p.State)
	}
	soon(t, "what was kept is sent", func() bool { return len(r.stream()) == 3 && r.shown(t).Waiting == 0 })
	for i, e := range r.stream() {
		if e.sequence != int64(i)+1 || !e.signedWith(t, r.secret) {
			t.Errorf("event %d is %+v", i, e)
		}
	}
}

// rotate: for a day both secrets sign.
func (r *told) rotate(t *testing.T) {
	changed := want[wire.RecipientCreated](t, r.manager().post(t, r.path+"/rotate-secret", nil), 200)
	before := r.secret
	if r.secret = changed.Secret; r.secret == before {
		t.Fatal("the secret is the same")
	}
	r.pass(t, 1)
	soon(t, "the next event comes", func() bool { return len(r.stream()) == 4 })
	if e := r.stream()[3]; !e.signedWith(t, before) || !e.signedWith(t, r.secret) {
		t.Errorf("signed is %s", e.header.Get("Webhook-Signature"))
	}
}

func (r *told) deliveries(t *testing.T, query string) []wire.Delivery {
	return want[wire.DeliveryList](t, r.manager().get(t, r.path+"/deliveries"+query), 200).Items
}

func (r *told) failAndRetry(t *testing.T) {
	r.answer(500)
	r.pass(t, 1)
	var waiting wire.Delivery
	soon(t, "the failure is noted", func() bool {
		list := r.deliveries(t, "?state=pending")
		if len(list) == 1 {
			waiting = list[0]
		}
		return len(list) == 1 && waiting.Attempts >= 1
	})
	if waiting.LastStatus == nil || *waiting.LastStatus != 500 || waiting.NextAt == nil || waiting.Sequence != 5 {
		t.Errorf("the delivery is %+v", waiting)
	}
	r.answer(204)
	want[wire.Delivery](t, r.manager().post(t, "/v1/deliveries/"+waiting.Id+"/retry", nil), 200)
	soon(t, "the retry arrives", func() bool { return len(r.deliveries(t, "?state=delivered")) == 5 })
	list := r.deliveries(t, "")
	if len(list) != 5 || list[0].Sequence != 5 || list[4].Sequence != 1 || list[0].DeliveredAt == nil {
		t.Errorf("the deliveries are %+v", list)
	}
	of5 := slices.DeleteFunc(r.stream(), func(e receipt) bool { return e.sequence != 5 })
	if len(of5) < 2 || of5[0].id != of5[1].id || of5[0].body != of5[1].body {
		t.Errorf("the fifth came as %+v", of5)
	}
}

func (r *told) replay(t *testing.T) {
	before := r.stream()
	bodies := map[string]string{}
	for _, e := range before {
		bodies[e.id] = e.body
	}
	result := want[wire.ReplayResult](t, r.manager().post(t, r.path+"/replay", map[string]int{"from_sequence": 2, "to_sequence": 4}), 200)
	if result.Queued != 3 {
		t.Errorf("%d were queued", result.Queued)
	}
	soon(t, "the range comes again", func() bool { return len(r.stream()) == len(before)+3 && r.shown(t).Waiting == 0 })
	for _, e := range r.stream() {
		if bodies[e.id] != e.body {
			t.Errorf("replayed came %+v", e)
		}
	}
	r.manager().post(t, r.path+"/replay", map[string]int{"from_sequence": 4, "to_sequence": 2}).wants(t, 400, "invalid")
}

// compareBooks: count and SM3 over the ids are what the receiver computes.
func (r *told) compareBooks(t *testing.T) {
	digest := want[wire.Digest](t, r.manager().get(t, r.path+"/digest?hour="+url.QueryEscape(at(r.now(t)))), 200)
	var ids []byte
	var sequences []int64
	for _, e := range r.stream() {
		if !slices.Contains(sequences, e.sequence) {
			sequences, ids = append(sequences, e.sequence), append(append(ids, e.id...), '\n')
		}
	}
	// At the turn of an hour the events are of two; then only the form is compared.
	if digest.Count == int64(len(sequences)) && (digest.Sm3 != hex.EncodeToString(gm.SM3(ids)) || *digest.FirstSequence != 1 || *digest.LastSequence != 5) {
		t.Errorf("the digest is %+v over %d events", digest, len(sequences))
	}
	if digest.Count != 5 && r.now(t).Minute() > 2 {
		t.Errorf("the digest counts %d", digest.Count)
	}
	r.manager().get(t, r.path+"/digest").wants(t, 400, "invalid")
	r.manager().get(t, r.path+"/digest?hour=yesterday").wants(t, 400, "invalid")
}

// policy: what the policy does not name does not leave; of two who edit it, the
// second is told.
func (r *told) policy(t *testing.T) {
	a := r.manager().get(t, r.path+"/field-policy")
	tag := a.header.Get("ETag")
	put := func(ifMatch string, fields map[string][]string) answer {
		return r.manager().do(t, request{method: "PUT", path: r.path + "/field-policy", body: map[string]any{"fields": fields}, header: map[string]string{"If-Match": ifMatch}})
	}
	narrow := map[string][]string{recorded: {"passage_id", "decision", "rule_version"}}
	changed := put(tag, narrow)
	if p := want[wire.FieldPolicy](t, changed, 200); tag == "" || changed.header.Get("ETag") == tag || len(p.Fields[recorded]) != 3 {
		t.Errorf("the policy is %+v with the tag %s after %s", p, changed.header.Get("ETag"), tag)
	}
	put(tag, narrow).wants(t, 412, "precondition_failed")
	put(changed.header.Get("ETag"), map[string][]string{recorded: {"name"}}).wants(t, 400, "invalid")
	put(changed.header.Get("ETag"), map[string][]string{"cn.communitypass.nothing": {"reason"}}).wants(t, 400, "invalid")
	count := len(r.stream())
	r.pass(t, 1)
	soon(t, "the next event comes", func() bool { return len(r.stream()) > count })
	last := r.stream()[count]
	for field, leaves := range map[string]bool{"passage_id": true, "decision": true, "rule_version": true, "gate_id": false, "reason": false, "scanned_at": false, "kind": false} {
		if strings.Contains(last.body, `"`+field+`"`) != leaves {
			t.Errorf("%s: %v is wanted, and sent was %s", field, leaves, last.body)
		}
	}
}

// disable: 410 says that nobody wants to be told any more.
func (r *told) disable(t *testing.T) {
	r.answer(410)
	r.pass(t, 1)
	soon(t, "the recipient is disabled", func() bool { return r.shown(t).State == "disabled" })
}
