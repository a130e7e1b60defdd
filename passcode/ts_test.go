package passcode

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// script is the implementation in TypeScript, running: one request of JSON a line.
type script struct {
	in  io.Writer
	out *bufio.Scanner
}

// startScript compiles and starts it. Without Node, or before make phone, the test is
// left out, and says so.
func startScript(t *testing.T) *script {
	t.Helper()
	const compiler = "node_modules/typescript/bin/tsc"
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("LEFT OUT: there is no node, so that the codes of phones are not compared with those of TypeScript")
	}
	if _, err := os.Stat("ts/" + compiler); err != nil {
		t.Skip("LEFT OUT: make phone was not run, so that the codes of phones are not compared with those of TypeScript")
	}
	build := exec.CommandContext(t.Context(), node, compiler)
	build.Dir = "ts"
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	run := exec.CommandContext(t.Context(), node, "dist/cli.js")
	run.Dir, run.Stderr = "ts", os.Stderr
	in, err := run.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := run.Wait(); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return &script{in: in, out: bufio.NewScanner(out)}
}

func (s *script) ask(t *testing.T, request, answer any) {
	t.Helper()
	line, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	if !s.out.Scan() {
		t.Fatalf("no answer: %v", s.out.Err())
	}
	if err := json.Unmarshal(s.out.Bytes(), answer); err != nil {
		t.Fatalf("%s: %v", s.out.Text(), err)
	}
}

type scriptKey struct {
	Private string `json:"privateKey"`
	Public  string `json:"publicKey"`
}

type scriptVerdict struct {
	Parsed  bool   `json:"parsed"`
	Genuine bool   `json:"genuine"`
	Window  uint32 `json:"window"`
	Error   string `json:"error"`
}

func (s *script) verify(t *testing.T, text, communityKey string) (v scriptVerdict) {
	t.Helper()
	s.ask(t, map[string]string{"do": "verify", "text": text, "community_key": communityKey}, &v)
	if v.Error != "" {
		t.Fatalf("%s", v.Error)
	}
	return v
}

func TestTypeScriptReadsTheVectors(t *testing.T) {
	s := startScript(t)
	set := loadOffline(t)
	for _, v := range set.Valid {
		for _, k := range set.Keys {
			got := s.verify(t, v.Text, k.Public)
			if !got.Parsed || got.Genuine != (k.Name == v.SignedBy) || got.Window != v.Window {
				t.Errorf("%s with key %s: %+v", v.Name, k.Name, got)
			}
		}
	}
	for _, v := range set.Invalid {
		got := s.verify(t, v.Text, set.key(t, v.Key).Public)
		if got.Genuine || got.Parsed != (v.Stage == stageSignature) {
			t.Errorf("%s, to be refused at %s: %+v", v.Name, v.Stage, got)
		}
	}
	if got := s.verify(t, loadVectors(t).Valid[0].Text, set.Keys[0].Public); got.Parsed || got.Genuine {
		t.Errorf("a code of format 1: %+v", got)
	}
}

func TestCodesGoBothWaysWithTypeScript(t *testing.T) {
	s := startScript(t)
	signer, verifier := newPair(t)
	point, err := signer.key.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	community := hex.EncodeToString(point.PublicKey().Bytes())
	for range 20 {
		var key scriptKey
		s.ask(t, map[string]string{"do": "key"}, &key)
		private, err := sm2.NewPrivateKey(unhex(t, key.Private))
		if err != nil {
			t.Fatal(err)
		}
		strip := sampleStrip
		if strip.Phone, err = NewPhoneKey(unhex(t, key.Public)); err != nil || strip.Phone != compressed(t, &private.PublicKey) {
			t.Fatalf("the key %s: %v", key.Public, err)
		}
		if strip, err = signer.SignStrip(strip); err != nil {
			t.Fatal(err)
		}
		raw, err := strip.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		request := map[string]any{"do": "code", "key": key, "strip": hex.EncodeToString(raw), "window": strip.Last}
		var made struct{ Code, Error string }
		s.ask(t, request, &made)
		c, err := Parse(made.Code)
		if err != nil || !verifier.Verify(&c) || c.Window != strip.Last || *c.Strip != strip {
			t.Fatalf("%+v is %+v, %v", made, c, err)
		}
		request["window"] = strip.Last + 1
		made.Code = ""
		s.ask(t, request, &made)
		if made.Code != "" {
			t.Error("it signed a window that the strip does not cover")
		}
		phone, err := NewPhone(private, strip)
		if err != nil {
			t.Fatal(err)
		}
		text, err := phone.Sign(strip.Window)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.verify(t, text, community); !got.Genuine || got.Window != strip.Window {
			t.Errorf("of ours it says %+v", got)
		}
	}
}
