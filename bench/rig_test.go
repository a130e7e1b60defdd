//go:build bench

package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
	"communitypass.cn/communitypass/webhook"
	"communitypass.cn/communitypass/wechat"

	"github.com/prometheus/client_golang/prometheus"
)

// rig is a whole server on a database, with people who hold passes.
type rig struct {
	*testkit.House
	server   *house.House
	passes   []model.Pass
	signer   *passcode.Signer
	verifier *passcode.Verifier
	header   passcode.Header
	scans    int
}

// newRig builds a server as the program does, without limits of rate, its log
// written to nowhere; with sets what the program would be told beside that.
func newRig(t testing.TB, passes int, with ...func(*house.Config)) *rig {
	t.Helper()
	r := &rig{House: testkit.NewHouse(t)}
	r.admit(t, passes)
	d := r.Deps
	d.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	cfg := house.Config{PublicURL: "https://pass.example.cn",
		Wechat:  wechat.Config{AppID: "wx0123456789", Secret: "0123456789abcdef0123456789abcdef"},
		Metrics: prometheus.NewRegistry(), RecipientNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RecipientHTTP: true}
	for _, set := range with {
		set(&cfg)
	}
	var err error
	r.server, err = house.New(t.Context(), d, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { r.server.Recorder.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		r.server.Close()
	})
	for _, p := range r.passes {
		if _, err := r.Directory.Pass(t.Context(), p.Number); err != nil {
			t.Fatal(err)
		}
	}
	r.readyKeys(t)
	return r
}

// admit stores one person with so many passes.
func (r *rig) admit(t testing.TB, n int) {
	t.Helper()
	person := r.Person(t, "张三", "13800000001")
	now := model.Millis(r.Clock.Now())
	r.Update(t, func(tx *store.Tx) error {
		for range n {
			p := model.Pass{ID: r.ID(), Number: model.NewPassNumber(), CommunityID: r.Garden.ID, PersonID: person.ID, Kind: "resident",
				AccessGroup: 1, Building: "1", State: model.PassActive, ValidFrom: now, CreatedAt: now}
			if err := tx.CreatePass(p); err != nil {
				return err
			}
			r.passes = append(r.passes, p)
		}
		return nil
	})
}

func (r *rig) readyKeys(t testing.TB) {
	t.Helper()
	key, ok := r.Directory.Ring().PassSigner(r.Garden.ID)
	if !ok {
		t.Fatal("no key signs for the community")
	}
	var err error
	if r.signer, err = passcode.NewSigner(key.Private()); err != nil {
		t.Fatal(err)
	}
	if r.verifier, err = passcode.NewVerifier(key.Public()); err != nil {
		t.Fatal(err)
	}
	r.header = passcode.Header{Format: passcode.Rotating, Kind: passcode.Resident, Key: key.Number, Community: r.Garden.Number, Group: 1}
}

// recipient stores one that wants passages.
func (r *rig) recipient(t testing.TB, state, url string) model.Recipient {
	t.Helper()
	out := model.Recipient{ID: r.ID(), CommunityID: r.Garden.ID, Kind: "property", Name: "物业", URL: url, State: state,
		Secret: webhook.NewSecret(), EventTypes: []string{model.EventPassageRecorded}, PolicyVersion: 1,
		FieldPolicy: map[string][]string{model.EventPassageRecorded: model.EventFields[model.EventPassageRecorded].Default},
		CreatedBy:   r.ID(), CreatedAt: model.Millis(r.Clock.Now())}
	r.Update(t, func(tx *store.Tx) error { return tx.CreateRecipient(out) })
	return out
}

// code signs a pass's code of the present window.
func (r *rig) code(t testing.TB, pass model.Pass) string {
	h := r.header
	h.Pass, h.Window = pass.Number, passcode.WindowAt(r.Clock.Now())
	text, err := r.signer.Sign(h)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// fetched is a pass's code of the present window, fetched as its holder's phone does.
func (r *rig) fetched(t testing.TB, pass model.Pass) string {
	holder := &model.Caller{Kind: model.CallerPerson, PersonID: pass.PersonID}
	issued, err := r.server.Services.Codes.Issue(t.Context(), holder, pass.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	return issued.Codes[0].Text
}

// scansOf moves on to a new window and makes one scan of each of n passes, with
// codes from the given source.
func (r *rig) scansOf(t testing.TB, n int, token string, code func(testing.TB, model.Pass) string) [][]byte {
	t.Helper()
	r.Clock.Advance(4 * passcode.StepSeconds * time.Second)
	at := instant.Time{Time: r.Clock.Now()}
	text, err := at.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]byte, n)
	for i := range out {
		r.scans++
		body := fmt.Sprintf(`{"scan_id":"scan-%010d","code":"%s","direction":"in","scanned_at":%s}`, r.scans, code(t, r.passes[i]), text)
		out[i] = rawRequest(http.MethodPost, "/v1/gate/scans", token, body)
	}
	return out
}
