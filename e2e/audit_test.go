package e2e_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// TestAudit is what an auditor does with the log, and what a third party proves with
// nothing but the answers and docs/audit.md.
func TestAudit(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.furnish(t, true)
	auditor := w.auditor(t)
	t.Run("log", func(t *testing.T) { w.readsLog(t, auditor) })
	t.Run("scope", func(t *testing.T) { w.streetAuditor(t) })
	t.Run("refusals", func(t *testing.T) { w.refusalsAreWritten(t, auditor) })
	t.Run("proof", func(t *testing.T) { w.provesAct(t, auditor) })
	t.Run("roles", func(t *testing.T) { w.rolesHoldAtOnce(t) })
}

func (w *world) readsLog(t *testing.T, auditor *client) {
	list := want[wire.AuditList](t, auditor.get(t, "/v1/audit?action=staff.create&limit=1"), 200)
	if len(list.Items) != 1 || list.NextCursor == nil {
		t.Fatalf("page %+v", list)
	}
	next := want[wire.AuditList](t, auditor.get(t, "/v1/audit?action=staff.create&limit=1&cursor="+*list.NextCursor), 200)
	if len(next.Items) != 1 || next.Items[0].Id >= list.Items[0].Id {
		t.Errorf("the next page %+v", next)
	}
	at := url.QueryEscape(list.Items[0].At.Format(time.RFC3339Nano))
	if from := want[wire.AuditList](t, auditor.get(t, "/v1/audit?action=staff.create&from="+at), 200); len(from.Items) == 0 || from.Items[len(from.Items)-1].AtMs < list.Items[0].AtMs {
		t.Errorf("from that instant: %d", len(from.Items))
	}
	for _, e := range want[wire.AuditList](t, auditor.get(t, "/v1/audit?action=staff.create&to="+at), 200).Items {
		if e.AtMs >= list.Items[0].AtMs {
			t.Errorf("until that instant: %s", e.Id)
		}
	}
	reads := want[wire.AuditList](t, auditor.get(t, "/v1/audit?action=audit.read&actor_id="+accountOf(t, auditor.token)), 200)
	if len(reads.Items) != 4 {
		t.Errorf("four reads left %d acts", len(reads.Items))
	}
	auditor.get(t, "/v1/audit?action=Not%20one").wants(t, 400)
	auditor.get(t, "/v1/audit/export?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z").wants(t, 400, "invalid")
	now := w.now(t)
	within := "from=" + at2(now.Add(-48*time.Hour)) + "&to=" + at2(now.Add(time.Hour))
	lines := strings.Split(strings.TrimSpace(string(auditor.get(t, "/v1/audit/export?"+within).body)), "\n")
	var first wire.AuditEntry
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || len(lines) < 10 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	a := auditor.get(t, "/v1/audit/export?format=csv&"+within)
	a.wants(t, 200)
	if n := bytes.Count(a.body, []byte("\n")); n < len(lines) {
		t.Errorf("%d rows of %d", n, len(lines))
	}
}

func at2(t time.Time) string { return url.QueryEscape(t.UTC().Format(time.RFC3339)) }

// streetAuditor sees the communities of the street, and acts of no other place.
func (w *world) streetAuditor(t *testing.T) {
	_, c := w.newStaff(t, w.person(admin), "auditor", "street", w.Demo.Communities[0].StreetID)
	own := map[string]bool{}
	for _, k := range w.Demo.Communities {
		own[k.CommunityID] = k.StreetID == w.Demo.Communities[0].StreetID
	}
	list := want[wire.AuditList](t, c.get(t, "/v1/audit?limit=200"), 200)
	if len(list.Items) == 0 {
		t.Error("sees nothing")
	}
	for _, e := range list.Items {
		if !own[e.CommunityId] {
			t.Errorf("sees %s of %q", e.Action, e.CommunityId)
		}
	}
	c.get(t, "/v1/audit?community_id="+unknownID).wants(t, 404, "not_found")
	platform := want[wire.AuditList](t, w.auditor(t).get(t, "/v1/audit?action=session.create"), 200).Items[0]
	c.get(t, "/v1/audit/proof?entry_id="+platform.Id).wants(t, 404, "not_found")
}

func (w *world) refusalsAreWritten(t *testing.T, auditor *client) {
	c := w.person(street)
	for range 15 {
		c.get(t, "/v1/audit").wants(t, 403, "forbidden")
	}
	list := want[wire.AuditList](t, auditor.get(t, "/v1/audit?action=access.refuse&actor_id="+accountOf(t, c.token)), 200)
	if n := len(list.Items); n < 1 || n > 10 || list.Items[0].TargetId != "listAudit" {
		t.Errorf("15 refusals left %d acts", n)
	}
}

// provesAct verifies an act by what leaves the server alone: the entry's digest, the
// links, the anchor, its signature, and the same anchor in the file outside.
func (w *world) provesAct(t *testing.T, auditor *client) {
	entry := want[wire.AuditList](t, auditor.get(t, "/v1/audit?action=staff.create&limit=1"), 200).Items[0]
	soon(t, "the act is in the chain", func() bool {
		return want[wire.AuditProof](t, auditor.get(t, "/v1/audit/proof?entry_id="+entry.Id), 200).Seq > 0
	})
	w.advance(t, 24*time.Hour)
	again := w.fresh(t)
	var proof map[string]any
	soon(t, "there is an anchor", func() bool {
		proof = want[map[string]any](t, again.get(t, "/v1/audit/proof?entry_id="+entry.Id), 200)
		return proof["anchor"] != nil
	})
	keys := want[map[string]any](t, again.get(t, "/.well-known/jwks.json"), 200)
	if err := thirdParty(proof, keys); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(){
		"the actor": func() { proof["entry"].(map[string]any)["actor_id"] = "somebody" },
		"the time":  func() { e := proof["entry"].(map[string]any); e["at_ms"] = e["at_ms"].(float64) + 1 },
		"a link": func() {
			l := proof["links"].([]any)
			l[len(l)-1].(map[string]any)["digest"] = strings.Repeat("0", 64)
		},
		"the anchor": func() { a := proof["anchor"].(map[string]any); a["passages"] = a["passages"].(float64) + 1 },
	} {
		proof = want[map[string]any](t, again.get(t, "/v1/audit/proof?entry_id="+entry.Id), 200)
		if spoil(); thirdParty(proof, keys) == nil {
			t.Errorf("%s was changed and it verifies", name)
		}
	}
	soon(t, "the anchor is in the file", func() bool {
		text, err := os.ReadFile(filepath.Join(w.data, "anchors.jsonl"))
		return err == nil && bytes.Contains(text, []byte(proof["anchor"].(map[string]any)["signature"].(string)))
	})
	if n := len(want[wire.AnchorList](t, again.get(t, "/v1/audit/anchors"), 200).Items); n == 0 {
		t.Error("no anchors are listed")
	}
	w.evidence(t, again)
}

// fresh is an auditor who signs in now, after the clock was moved.
func (w *world) fresh(t testing.TB) *client {
	t.Helper()
	p := w.Demo.People[admin]
	in := want[wire.Session](t, w.from("127.0.7.1").post(t, "/v1/sessions/staff", staffSignIn(p, w.nextStep(t, p))), 201)
	_, c := w.newStaff(t, w.home.as(in.AccessToken), "auditor", "platform", "")
	return c
}

func (w *world) evidence(t *testing.T, auditor *client) {
	now := w.now(t)
	a := auditor.get(t, "/v1/audit/evidence?from="+at2(now.Add(-72*time.Hour))+"&to="+at2(now.Add(time.Hour)))
	a.wants(t, 200)
	pack, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"audit.jsonl", "chain.jsonl", "previous.json", "anchors.jsonl", "jwks.json"} {
		f, err := pack.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(f); err != nil || !json.Valid(bytes.SplitN(text, []byte("\n"), 2)[0]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// thirdParty is written after docs/audit.md, with no code of the server's.
func thirdParty(proof, jwks map[string]any) error {
	entry, anchor := proof["entry"].(map[string]any), proof["anchor"].(map[string]any)
	number := func(v any) string { return strconv.FormatInt(int64(v.(float64)), 10) }
	var text []byte
	for _, f := range []string{entry["id"].(string), number(entry["at_ms"]), entry["community_id"].(string), entry["actor_kind"].(string), entry["actor_id"].(string),
		entry["action"].(string), entry["target_kind"].(string), entry["target_id"].(string), entry["detail"].(string)} {
		text = append(append(text, f...), 0)
	}
	digest := sm3.Sum(text)
	hash, err := hex.DecodeString(proof["previous_hash"].(string))
	if err != nil {
		return err
	}
	for i, l := range proof["links"].([]any) {
		link := l.(map[string]any)
		own, err := hex.DecodeString(link["digest"].(string))
		if err != nil {
			return err
		}
		if i == 0 && !bytes.Equal(own, digest[:]) {
			return fmt.Errorf("the entry is not what the link binds")
		}
		next := sm3.Sum(append(hash, own...))
		hash = next[:]
	}
	if hex.EncodeToString(hash) != anchor["hash"] {
		return fmt.Errorf("the links do not lead to the anchor")
	}
	signed := "communitypass-anchor-1\n"
	for _, f := range []string{"day", "seq", "hash", "entries", "batches", "passages", "previous_seq", "previous_hash", "at"} {
		if s, ok := anchor[f].(string); ok {
			signed += s + "\n"
		} else {
			signed += number(anchor[f]) + "\n"
		}
	}
	for _, k := range jwks["keys"].([]any) {
		if key := k.(map[string]any); key["kid"] == anchor["kid"] {
			return verifySM2(key, []byte(signed), anchor["signature"].(string))
		}
	}
	return fmt.Errorf("there is no key %v", anchor["kid"])
}

func verifySM2(key map[string]any, message []byte, signature string) error {
	x, errX := base64.RawURLEncoding.DecodeString(key["x"].(string))
	y, errY := base64.RawURLEncoding.DecodeString(key["y"].(string))
	sig, errS := hex.DecodeString(signature)
	if errX != nil || errY != nil || errS != nil || len(sig) != 64 {
		return fmt.Errorf("unreadable")
	}
	pub, err := sm2.NewPublicKey(append(append([]byte{4}, x...), y...))
	if err != nil {
		return err
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(sig[:32]))
		b.AddASN1BigInt(new(big.Int).SetBytes(sig[32:]))
	})
	der, err := b.Bytes()
	if err != nil {
		return err
	}
	if !verifyWithSM2(pub, message, der) {
		return fmt.Errorf("the signature is wrong")
	}
	return nil
}

func verifyWithSM2(pub *ecdsa.PublicKey, message, der []byte) bool {
	return sm2.VerifyASN1WithSM2(pub, nil, message, der)
}

// rolesHoldAtOnce: a role that is given or taken holds for the next request.
func (w *world) rolesHoldAtOnce(t *testing.T) {
	p := w.Demo.People[admin]
	chief := w.home.as(want[wire.Session](t, w.from("127.0.7.2").post(t, "/v1/sessions/staff", staffSignIn(p, w.nextStep(t, p))), 201).AccessToken)
	made, c := w.newStaff(t, chief, "street_officer", "street", w.Demo.Communities[0].StreetID)
	c.get(t, "/v1/staff").wants(t, 200)
	grants := "/v1/staff/" + made.Staff.Id + "/grants"
	given := want[wire.StaffGrantMade](t, chief.post(t, grants, map[string]any{"role": "auditor", "scope_kind": "platform"}), 201)
	c.get(t, "/v1/staff").wants(t, 401, "unauthenticated")
	chief.post(t, grants, map[string]any{"role": "security_admin", "scope_kind": "platform"}).wants(t, 409, "roles_exclude")
	chief.do(t, request{method: "DELETE", path: grants + "/" + given.Grant.Id}).wants(t, 204)
	chief.do(t, request{method: "DELETE", path: grants + "/" + given.Grant.Id}).wants(t, 404, "not_found")
	chief.post(t, grants, map[string]any{"role": "security_admin", "scope_kind": "platform"}).wants(t, 201)
}
