package simulator_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/webhook"
)

var propertyNow = time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)

// property is a simulated property system on a port, and who sends to it.
type property struct {
	*simulator.Property
	t      *testing.T
	url    string
	clock  *model.MovableClock
	sender *webhook.Sender
	secret []byte
	sm2    webhook.Signer
}

func newProperty(t *testing.T, o simulator.PropertyOptions) *property {
	t.Helper()
	clock := model.FrozenClock(propertyNow)
	o.Clock = clock
	p := &property{Property: simulator.NewProperty(o), t: t, clock: clock}
	server := httptest.NewServer(p.Property)
	t.Cleanup(server.Close)
	p.url = server.URL
	p.sender = webhook.NewSender(webhook.Options{
		Timeout: 10 * time.Second, AllowHTTP: true, AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}, clock)
	t.Cleanup(p.sender.Close)
	text := webhook.NewSecret()
	if p.secret, _ = webhook.ParseSecret(text); p.SetSecret(text) != nil {
		t.Fatal("no secret")
	}
	return p
}

func (p *property) event(n int64) webhook.Event {
	return webhook.Event{
		ID: fmt.Sprintf("e%d", n), Type: "cn.communitypass.passage.recorded", Source: "/communities/c1",
		Time: propertyNow, Sequence: n, Data: json.RawMessage(`{"gate":"东门"}`),
	}
}

func (p *property) send(e webhook.Event) webhook.Outcome {
	return p.sender.Send(context.Background(), webhook.Target{URL: p.url + "/events", Secrets: [][]byte{p.secret}, SM2: p.sm2}, e)
}

func (p *property) wantClass(e webhook.Event, want webhook.Class) {
	p.t.Helper()
	if got := p.send(e); got.Class != want {
		p.t.Errorf("%s: %+v, want %q", e.ID, got, want)
	}
}

// shown is GET /received, strictly.
func (p *property) shown() []simulator.PropertyEvent {
	p.t.Helper()
	response, err := http.Get(p.url + "/received")
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	var page struct {
		Items []simulator.PropertyEvent `json:"items"`
	}
	decoder := json.NewDecoder(response.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&page); err != nil || page.Items == nil {
		p.t.Fatalf("items %v, %v", page.Items, err)
	}
	return page.Items
}

// markSigner signs in a way that only its own check knows.
type markSigner struct{}

func (markSigner) SignWebhook(message []byte) ([]byte, error) {
	return append([]byte("mark"), message[:8]...), nil
}

func markCheck(message, signature []byte) bool {
	return string(signature) == "mark"+string(message[:8])
}

func TestPropertyShowsWhatItReceived(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{SM2: markCheck})
	if items := p.shown(); len(items) != 0 {
		t.Fatalf("shows %v before anything came", items)
	}
	p.wantClass(p.event(2), webhook.Delivered)
	p.sm2 = markSigner{}
	p.wantClass(p.event(1), webhook.Delivered)
	items := p.shown()
	if len(items) != 2 || items[0].ID != "e2" || items[1].ID != "e1" {
		t.Fatalf("not in the order of arrival: %+v", items)
	}
	want := simulator.PropertyEvent{
		ID: "e1", Type: "cn.communitypass.passage.recorded", Sequence: 1,
		Verified: true, SM2Verified: true, Deliveries: 1, Identical: true,
	}
	got := items[1]
	body := got.Body
	got.Body = nil
	if fmt.Sprint(got) != fmt.Sprint(want) || !items[0].Verified || items[0].SM2Verified {
		t.Errorf("%+v\nwant %+v", items, want)
	}
	if !bytes.Equal(body, p.event(1).Encode()) {
		t.Errorf("body %s", body)
	}
}

func TestPropertyCountsDuplicates(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{})
	p.wantClass(p.event(1), webhook.Delivered)
	p.clock.Advance(time.Hour) // another timestamp and signature, the same bytes
	p.wantClass(p.event(1), webhook.Delivered)
	if items := p.shown(); len(items) != 1 || items[0].Deliveries != 2 || !items[0].Identical {
		t.Fatalf("%+v", items)
	}
	changed := p.event(1)
	changed.Data = json.RawMessage(`{"gate":"西门"}`)
	p.wantClass(changed, webhook.Delivered)
	p.wantClass(p.event(1), webhook.Delivered)
	items := p.shown()
	if len(items) != 1 || items[0].Deliveries != 4 || items[0].Identical || !strings.Contains(string(items[0].Body), "东门") {
		t.Errorf("%+v", items)
	}
}

func TestPropertyRefusesWhatDoesNotVerify(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{})
	right := p.secret
	p.secret = bytes.Repeat([]byte{9}, 32)
	p.wantClass(p.event(1), webhook.Permanent)
	if items := p.shown(); len(items) != 1 || items[0].Verified {
		t.Fatalf("%+v", items)
	}
	p.secret = right
	p.wantClass(p.event(1), webhook.Delivered)
	if items := p.shown(); len(items) != 1 || !items[0].Verified || items[0].Deliveries != 2 || !items[0].Identical {
		t.Errorf("verified the second time: %+v", items)
	}
	p.secret = bytes.Repeat([]byte{9}, 32)
	p.wantClass(p.event(1), webhook.Permanent)
	if items := p.shown(); !items[0].Verified || items[0].Deliveries != 3 {
		t.Errorf("a forged duplicate changed it: %+v", items)
	}
}

func TestPropertyRefusesSignedNonsense(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{})
	for name, c := range map[string]struct {
		body []byte
		want int
	}{
		"id of another event in the header": {p.event(2).Encode(), http.StatusUnauthorized},
		"no JSON":                           {[]byte("<html>"), http.StatusBadRequest},
		"no id":                             {[]byte(`{"type":"a"}`), http.StatusBadRequest},
		"in order":                          {p.event(1).Encode(), http.StatusNoContent},
	} {
		request := httptest.NewRequest(http.MethodPost, "/events", bytes.NewReader(c.body))
		stamp := fmt.Sprint(propertyNow.Unix())
		mac := hmac.New(sha256.New, p.secret)
		fmt.Fprintf(mac, "e1.%s.%s", stamp, c.body)
		request.Header.Set("webhook-id", "e1")
		request.Header.Set("webhook-timestamp", stamp)
		request.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		answer := httptest.NewRecorder()
		p.ServeHTTP(answer, request)
		if answer.Code != c.want {
			t.Errorf("%s: %d, want %d", name, answer.Code, c.want)
		}
	}
	for _, item := range p.shown() {
		if item.Verified != (item.ID == "e1") {
			t.Errorf("%+v", item)
		}
	}
}

func TestPropertyRotation(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{})
	one, two := webhook.NewSecret(), webhook.NewSecret()
	if err := p.SetSecret(one, two); err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{one, two} {
		p.secret, _ = webhook.ParseSecret(text)
		p.wantClass(p.event(int64(i+1)), webhook.Delivered)
	}
	if p.SetSecret("geheim") == nil {
		t.Error("took a text that is no secret")
	}
	p.wantClass(p.event(3), webhook.Delivered) // the refused one changed nothing
}

func TestPropertyFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  simulator.PropertyFault
		detail string
		taken  int
	}{
		"status":     {simulator.PropertyFault{Times: 2, Status: 503, RetryAfter: "7"}, "status_503", 0},
		"cut before": {simulator.PropertyFault{Times: 2, CutBefore: true}, "connection_cut", 0},
		"cut after":  {simulator.PropertyFault{Times: 2, CutAfter: true}, "connection_cut", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProperty(t, simulator.PropertyOptions{})
			p.Fail(c.fault)
			for range 2 {
				got := p.send(p.event(1))
				if got.Class != webhook.Retry || got.Detail != c.detail || (c.fault.RetryAfter != "") != (got.RetryAfter == 7*time.Second) {
					t.Errorf("%+v", got)
				}
			}
			if items := p.shown(); len(items) != c.taken {
				t.Errorf("took %+v", items)
			}
			p.wantClass(p.event(1), webhook.Delivered)
			if n := p.Requests(); n != 3 {
				t.Errorf("%d requests", n)
			}
			if items := p.shown(); len(items) != 1 || items[0].Deliveries != 2*c.taken+1 {
				t.Errorf("%+v", items)
			}
		})
	}
}

func TestPropertyFaultUntilHealed(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{})
	p.Fail(simulator.PropertyFault{Status: http.StatusGone})
	for range 5 {
		p.wantClass(p.event(1), webhook.Gone)
	}
	p.Fail(simulator.PropertyFault{})
	p.wantClass(p.event(1), webhook.Delivered)
}

func TestPropertyHangs(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{})
	p.Fail(simulator.PropertyFault{Times: 1, Hang: true})
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	got := p.sender.Send(ctx, webhook.Target{URL: p.url + "/events", Secrets: [][]byte{p.secret}}, p.event(1))
	if got.Detail != "timeout" || len(p.shown()) != 0 {
		t.Errorf("%+v", got)
	}
	p.wantClass(p.event(1), webhook.Delivered)
}

func TestPropertyKeepsTheNewest(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{Limit: 3})
	for n := range int64(5) {
		p.wantClass(p.event(n+1), webhook.Delivered)
	}
	items := p.shown()
	if len(items) != 3 || items[0].ID != "e3" || items[2].ID != "e5" {
		t.Errorf("%+v", items)
	}
}

func TestPropertyBoundsTheBody(t *testing.T) {
	t.Parallel()
	p := newProperty(t, simulator.PropertyOptions{})
	big := p.event(1)
	big.Data = json.RawMessage(`"` + strings.Repeat("a", 300<<10) + `"`)
	if got := p.send(big); got.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("%+v", got)
	}
}
