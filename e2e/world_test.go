// Package e2e_test tries the program from outside: a real process, called over
// HTTP, with every answer held against the contract.
package e2e_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/testkit"
)

// world is one demo process with all that was answered by it. Garden and harbour
// are its two communities.
type world struct {
	*testkit.Program
	t    testing.TB
	data string
	// database is its address when it is on a server, else empty.
	database string
	contract *contract
	home     *client
	turn     atomic.Int64
	// visitor holds the token of a visit, once visits were furnished.
	visitor *client

	mu      sync.Mutex
	answers []remembered
}

// remembered is one answer with what was asked.
type remembered struct {
	asked string
	answer
}

// start runs a demo of its own, on SQLite or, with TEST_MYSQL_DSN, on that server.
// When the test is over, no name or number of the cast may be found anywhere.
func start(t testing.TB, options ...string) *world {
	t.Helper()
	k, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, data: t.TempDir(), contract: k}
	more := options
	if testkit.MySQLDSN() != "" {
		w.database = testkit.NewMySQLDatabase(t)
		more = append(more, "--database", w.database)
	}
	w.Program = testkit.StartDemo(t, w.data, more...)
	w.home = w.from("127.0.0.1")
	t.Cleanup(func() {
		if !t.Failed() {
			w.hidden(t, castSecrets())
		}
	})
	return w
}

// remember keeps an answer, but for the two kinds that are meant to hold names in
// clear: what people are given of themselves, and an export that two agreed to.
func (w *world) remember(asked string, a answer) {
	if strings.Contains(asked, "/me/data-export") || strings.Contains(asked, "/exports/") && strings.HasSuffix(asked, "/file") {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = append(w.answers, remembered{asked, a})
}

// castSecrets are the full names and phones of everybody in the demo's world.
func castSecrets() []string {
	var all []string
	for _, p := range simulator.Cast().People() {
		all = append(all, p.Name)
		if p.Phone != "" {
			all = append(all, p.Phone)
		}
	}
	for _, s := range simulator.Cast().Staff {
		all = append(all, s.Name, s.Phone)
	}
	return all
}

// hidden fails for each secret that stands in the log, the metrics, the files of
// the database or any answer.
func (w *world) hidden(t testing.TB, secrets []string) {
	t.Helper()
	looked := false
	for where, text := range w.traces(t) {
		// What is no secret is found, or this would look in the wrong place.
		looked = looked || strings.HasPrefix(where, "demo.db") && bytes.Contains(text, []byte(w.Demo.Communities[0].Name))
		for _, s := range secrets {
			if bytes.Contains(text, []byte(s)) {
				t.Errorf("%q stands in %s", s, where)
			}
		}
	}
	if !looked {
		t.Error("the database was not looked through")
	}
}

// traces is all that the process leaves behind, by where it is.
func (w *world) traces(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"the log": []byte(w.Log()), "the metrics": w.metrics(t)}
	if w.database != "" {
		maps.Copy(out, dump(t, w.database))
	}
	files, err := filepath.Glob(filepath.Join(w.data, "demo.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if out[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, a := range w.answers {
		out[fmt.Sprintf("answer %d, to %s", i, a.asked)] = a.body
	}
	return out
}

func (w *world) metrics(t testing.TB) []byte {
	t.Helper()
	return w.outside(t, "GET", w.Demo.PrivateURL+"/metrics", nil)
}

// outside calls what is not the API: the private listener, the property system.
func (w *world) outside(t testing.TB, method, url string, body any) []byte {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	q, err := http.NewRequest(method, url, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.home.http.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %v", method, url, a.StatusCode, err)
	}
	return text
}

// now is the server's clock.
func (w *world) now(t testing.TB) time.Time {
	t.Helper()
	return w.clock(t, "GET", nil)
}

// advance moves the server's clock.
func (w *world) advance(t testing.TB, by time.Duration) time.Time {
	t.Helper()
	return w.clock(t, "POST", map[string]any{"advance_seconds": by.Seconds()})
}

func (w *world) clock(t testing.TB, method string, body any) time.Time {
	t.Helper()
	var c struct{ Now time.Time }
	if err := json.Unmarshal(w.outside(t, method, w.Demo.ClockURL, body), &c); err != nil {
		t.Fatal(err)
	}
	return c.Now
}

// at is an instant as the wire has it.
func at(t time.Time) string { return t.UTC().Format(instant.Layout) }

// person is one of the cast, signed in.
func (w *world) person(name string) *client {
	p, ok := w.Demo.People[name]
	if !ok {
		w.t.Fatalf("nobody is called %s", name)
	}
	return w.home.as(p.AccessToken)
}

const (
	admin        = "郑系统"
	street       = "周科长"
	committee    = "孙主任"
	manager      = "钱经理"
	guard        = "赵保安"
	otherManager = "冯经理"
)

// Gates of the garden, then those of the harbour.
const (
	east = iota
	west
	door
	harbourEast
)

// gate is the device at a gate.
func (w *world) gate(n int) *client { return w.home.as(w.Demo.Gates[n].DeviceToken) }

func (w *world) garden() string  { return w.Demo.Communities[0].CommunityID }
func (w *world) harbour() string { return w.Demo.Communities[1].CommunityID }

// in is a path of the garden, such as in("gates").
func (w *world) in(what string) string { return "/v1/communities/" + w.garden() + "/" + what }

// totp is the one-time code of RFC 6238 at an instant.
func totp(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, uint64(at.Unix()/30))
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

// soon asks until it is true, for at most ten seconds; then it is a failure.
func soon(t testing.TB, what string, ask func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if ask() {
			return
		}
		<-tick.C
	}
	t.Fatal("this did not come true in time: " + what)
}

// unique makes scan ids and names that nobody else uses.
func (w *world) unique(prefix string) string {
	return fmt.Sprintf("%s-%s-%d", prefix, strings.ToLower(w.garden()[18:]), w.turn.Add(1))
}
