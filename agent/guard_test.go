package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/agent"
)

// watchedDoor notes how many records were on the disk when it was opened.
type watchedDoor struct {
	gate   *gate
	queues []int
}

func (d *watchedDoor) Open(context.Context) error {
	d.queues = append(d.queues, d.gate.Status().Queue)
	return nil
}

// desk is the guard's page of a gate that is alone.
type desk struct {
	*httptest.Server
	p    *platform
	gate *gate
	door *watchedDoor
}

const deskToken = "a-token-of-the-gate-room"

func newDesk(t *testing.T) *desk {
	t.Helper()
	p, g := offlineGate(t)
	d := &desk{p: p, gate: g, door: &watchedDoor{gate: g}}
	d.serve(t)
	return d
}

// serve puts the page of the gate as it now runs there.
func (d *desk) serve(t *testing.T) {
	t.Helper()
	d.Server = httptest.NewServer(d.gate.Local(agent.LocalOptions{Guard: agent.NewGuardDesk(deskToken, d.door, d.door, nil)}))
	t.Cleanup(d.Close)
}

func (d *desk) post(t *testing.T, path, body string, headers ...string) (status int, answer struct {
	Outcome, Reason, Direction string
	ZH, EN                     struct{ Message, Next, Notice string }
}) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode == http.StatusOK {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, answer
}

func (d *desk) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	got, err := http.Get(d.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got, string(text)
}

func TestTheGuardsPageIsFoundByItsToken(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"/guard/", "/guard/a-token-of-the-gate-rooM", "/guard/a-token-of-the-gate-rooM/now"} {
		if got, _ := d.get(t, path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered %d", path, got.StatusCode)
		}
	}
	if status, _ := d.post(t, "/guard/another-token-000/by-hand", `{"direction":"in","reason":"elder"}`); status != http.StatusNotFound || len(d.door.queues) != 0 {
		t.Error("a stranger opens the door:", status)
	}
	if status, _ := d.post(t, "/guard/"+deskToken+"/by-hand", `{"direction":"in","reason":"elder"}`, "Origin", "http://elsewhere.example", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Error("a page of another site opens the door:", status)
	}
	for path, kind := range map[string]string{"/guard/" + deskToken: "text/html", "/guard.js": "text/javascript", "/guard.css": "text/css"} {
		got, text := d.get(t, path)
		if policy := got.Header.Get("Content-Security-Policy"); got.StatusCode != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), kind) || text == "" ||
			!strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || got.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d %v", path, got.StatusCode, got.Header)
		}
	}
}

func TestTheGuardsPageDecidesAsAReaderDoes(t *testing.T) {
	d := newDesk(t)
	show := func(body string) (int, string) {
		status, a := d.post(t, "/guard/"+deskToken+"/shown", body)
		return status, a.Outcome + " " + a.Reason
	}
	code := d.p.code(t, 1)
	quoted, err := json.Marshal(code)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"direction":"in","temperature_c":36.5,"code":` + string(quoted) + `}`
	if status, said := show(body); status != 200 || said != "admit ok" || len(d.door.queues) != 1 || d.door.queues[0] != 1 {
		t.Fatal(status, said, "records before the door opened:", d.door.queues)
	}
	if status, said := show(body); status != 200 || said != "refuse used" {
		t.Error("once more:", status, said)
	}
	for _, bad := range []string{`{"code":"X"}`, `{"direction":"up","code":"X"}`, `{"direction":"in","code":" "}`, `{"direction":"in","code":"X","temperature_c":99}`, `not JSON`, `{"direction":"in","code":"` + strings.Repeat("A", 9000) + `"}`} {
		if status, _ := show(bad); status != http.StatusBadRequest {
			t.Errorf("%.40s is answered %d", bad, status)
		}
	}
	_, now := d.get(t, "/guard/"+deskToken+"/now")
	var seen struct {
		Mode   string
		Recent []struct {
			Outcome string
			EN      struct{ Message string }
		}
	}
	if err := json.Unmarshal([]byte(now), &seen); err != nil || seen.Mode != agent.ModeOffline || len(seen.Recent) != 2 || seen.Recent[0].Outcome != "refuse" || seen.Recent[0].EN.Message == "" {
		t.Errorf("%+v, %v", seen, err)
	}
	if strings.Contains(now, code) {
		t.Error("the page is told the code")
	}
}

// What a hand does is on the disk before the door opens, outlives the power, and is
// uploaded once, with no code.
func TestAHandIsRecordedBeforeItOpens(t *testing.T) {
	d := newDesk(t)
	path := "/guard/" + deskToken + "/by-hand"
	for _, bad := range []string{`{"direction":"in","reason":"because"}`, `{"direction":"in","reason":"other","note":"  "}`, `{"reason":"elder"}`,
		`{"direction":"in","reason":"elder","note":"` + strings.Repeat("长", 201) + `"}`} {
		if status, _ := d.post(t, path, bad); status != http.StatusBadRequest {
			t.Errorf("%.60s is answered %d", bad, status)
		}
	}
	if status, a := d.post(t, path, `{"direction":"in","reason":"other","note":"送水"}`); status != 200 || a.Outcome != "admit" || a.Reason != "manual" {
		t.Fatal(status, a)
	}
	if status, _ := d.post(t, path, `{"direction":"out","reason":"elder","closed":true}`); status != 200 {
		t.Fatal(status)
	}
	if len(d.door.queues) != 1 || d.door.queues[0] != 1 {
		t.Fatal("records before the door opened:", d.door.queues)
	}
	if err := d.gate.Agent.Close(); err != nil { // the power goes, and comes back
		t.Fatal(err)
	}
	d.gate.start(t)
	d.p.set("*", 0)
	d.gate.sync(t)
	d.gate.sync(t)
	if len(d.p.stored) != 2 || len(d.p.order) != 2 {
		t.Fatalf("the server has %d", len(d.p.stored))
	}
	for i, id := range d.p.order {
		o := d.p.stored[id]
		want := []string{"other", "elder"}[i]
		if o.Code != nil || o.ByHand == nil || string(o.ByHand.Reason) != want || o.Decision != "admit" || o.Reason != "manual" || o.RuleVersion != 3 || (o.ByHand.Note != nil) != (i == 0) {
			t.Errorf("%+v", o)
		}
	}
}

func TestAHandOpensNothingThatNobodyWouldHearOf(t *testing.T) {
	d := newDesk(t)
	path := "/guard/" + deskToken + "/by-hand"
	full := true
	d.gate.Trouble(func(string) error {
		if full {
			return errors.New("no space left on device")
		}
		return nil
	})
	if status, a := d.post(t, path, `{"direction":"in","reason":"elder"}`); status != 200 || a.Outcome == "admit" || a.ZH.Notice == "" || a.EN.Notice == "" || len(d.door.queues) != 0 {
		t.Error("let in unrecorded:", status, a, d.door.queues)
	}
	if status, a := d.post(t, path, `{"direction":"out","reason":"elder"}`); status != 200 || a.Outcome != "admit" || len(d.door.queues) != 1 || d.gate.Status().Held != 1 {
		t.Error("who leaves is kept in by a disk:", status, a)
	}
	full = false
	d.gate.machine.Advance(time.Second)
	if status, a := d.post(t, path, `{"direction":"in","reason":"elder"}`); status != 200 || a.Outcome != "admit" || d.gate.Status().Queue != 2 {
		t.Error(status, a, d.gate.Status().Queue)
	}
}

// A device whose credential was withdrawn lets nobody in, by no hand.
func TestAWithdrawnGateHasNoHand(t *testing.T) {
	d := newDesk(t)
	d.p.mu.Lock()
	d.p.status["*"], d.p.problem = http.StatusUnauthorized, "unauthenticated"
	d.p.mu.Unlock()
	if err := d.gate.Sync(t.Context()); err == nil || d.gate.Status().Mode != agent.ModeRevoked {
		t.Fatal("it is not withdrawn:", err)
	}
	path := "/guard/" + deskToken + "/by-hand"
	if _, a := d.post(t, path, `{"direction":"in","reason":"elder"}`); a.Outcome != "refuse" || len(d.door.queues) != 0 {
		t.Error("let in:", a)
	}
	if _, a := d.post(t, path, `{"direction":"out","reason":"elder"}`); a.Outcome != "admit" || len(d.door.queues) != 1 {
		t.Error("kept in:", a)
	}
}
