package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"communitypass.cn/communitypass/agent"
)

func TestReadersAddNoise(t *testing.T) {
	p := newPlatform(t)
	for _, code := range []string{p.code(t, 1), p.code(t, 2)} {
		for name, sent := range map[string]string{"plain": code, "trimmed": strings.TrimSpace(code), "small": strings.ToLower(code),
			"with a symbology": "]Q1" + code, "framed": "\x02" + code + "\x03", "with a tab": code + "\t", "with bytes that are no text": "\xff\xfe" + code} {
			if got := agent.TidyCode(sent); got != code {
				t.Errorf("%s: %q became %q", name, code, got)
			}
		}
	}
	for _, text := range []string{"", "hello", strings.Repeat("é", 3000)} {
		if got := agent.TidyCode(text); len(got) > 1024 || len(text) < 100 && got != text {
			t.Errorf("%.20q became %.20q", text, got)
		}
	}
}

func TestLinesAreFoundInNoise(t *testing.T) {
	var got []string
	long := strings.Repeat("z", 10_000)
	err := agent.EachLine(strings.NewReader("one\r\n\r\ntwo\x03"+long+"\nthree\rfour"), func(s string) { got = append(got, s) })
	if !errors.Is(err, io.EOF) || strings.Join(got, "|") != "one|two|three|four" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestALineAtTheReaderOpensTheDoorOnce(t *testing.T) {
	p, g := offlineGate(t)
	var opened atomic.Int32
	relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { opened.Add(1) }))
	defer relay.Close()
	door, err := agent.NewDoor(relay.URL)
	if err != nil {
		t.Fatal(err)
	}
	var screen bytes.Buffer
	code := p.code(t, 1)
	l := &agent.Lane{Direction: in, Door: door, Screen: &screen}
	text := code + "\n" + code + "\n\nnoise\n"
	g.Watch(t.Context(), l, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }, true)
	lines := strings.Split(strings.TrimSpace(screen.String()), "\n")
	if opened.Load() != 1 || len(lines) != 2 || strings.Contains(screen.String(), code) {
		t.Fatalf("opened %d times, said %q", opened.Load(), lines)
	}
	var said struct{ Outcome, Reason, Message string }
	if err := json.Unmarshal([]byte(lines[0]), &said); err != nil || said.Outcome != "admit" || said.Message == "" {
		t.Errorf("%+v, %v", said, err)
	}
	relay.Close()
	p.clock.Advance(35 * 1e9)
	text = p.code(t, 2) + "\n"
	g.Watch(t.Context(), l, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }, true)
	if !g.faulty("door_not_opened") {
		t.Error("a door that stays shut is not said")
	}
}

func TestDoors(t *testing.T) {
	for _, no := range []string{"", "exec:rm", "sh -c true", "gpio:", "file:///etc/passwd", "ftp://relay"} {
		if _, err := agent.NewDoor(no); err == nil {
			t.Errorf("%q is a door", no)
		}
	}
	pin := filepath.Join(t.TempDir(), "value")
	d, err := agent.NewDoor("gpio:" + pin)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the pin is let go all the same
	if err := d.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if level, _ := os.ReadFile(pin); string(level) != "0" {
		t.Errorf("the pin is left at %q", level)
	}
}

func TestAVGuangReaderIsPointedAtTheAgent(t *testing.T) {
	p, g := offlineGate(t)
	const token = "0123456789abcdef"
	local := httptest.NewServer(g.Local(agent.LocalOptions{Readers: []agent.PostReader{{Token: token, Dialect: agent.VGuang(false), Lane: &agent.Lane{Direction: in}}}}))
	defer local.Close()
	post := func(path, body string) (int, string) {
		answer, err := http.Post(local.URL+path, "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text)
	}
	body := "vgdecoderesult=" + p.code(t, 1) + "&&devicenumber=7"
	if status, text := post("/readers/"+token, body); status != 200 || text != "code=0000" {
		t.Error(status, text)
	}
	if status, text := post("/readers/"+token, body); status != 200 || text != "code=0001" {
		t.Error("used:", status, text)
	}
	if status, _ := post("/readers/"+url.PathEscape("0123456789abcdeX"), body); status != 404 {
		t.Error("another address is answered", status)
	}
	if status, _ := post(agent.EdgePath, "{}"); status != 404 && status != 405 {
		t.Error("claims are taken by who is no edge:", status)
	}
	answer, err := http.Get(local.URL + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var s agent.Status
	if err := json.NewDecoder(answer.Body).Decode(&s); err != nil || s.Mode != agent.ModeOffline || s.Bundle == nil || s.Gate != "东门" {
		t.Errorf("%+v, %v", s, err)
	}
}
