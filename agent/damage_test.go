package agent_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
)

// Every region of the bundle's file damaged in turn, and the file cut everywhere: it
// is never in force, it is said, nobody comes in by it, and the server gives another.
func TestADamagedBundleIsNeverInForce(t *testing.T) {
	p, g := offlineGate(t)
	_ = g.Close()
	path := filepath.Join(g.folder, "bundle.sealed")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := map[string][]byte{"empty": {}, "doubled": append(bytes.Clone(whole), whole...)}
	for at := 0; at < len(whole); at += max(1, len(whole)/48) {
		bad := bytes.Clone(whole)
		bad[at] ^= 0x10
		spoilt[fmt.Sprintf("flipped at %d", at)], spoilt[fmt.Sprintf("cut at %d", at)] = bad, whole[:at]
	}
	last := bytes.Clone(whole)
	last[len(last)-1] ^= 1
	spoilt["flipped at the end"] = last
	for name, data := range spoilt {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		g.start(t)
		if s := g.Status(); s.Bundle != nil || !g.faulty("bundle_refused") {
			t.Fatalf("%s: it is in force", name)
		}
		g.show(t, p.code(t, 1), in, refer, admission.ReasonGateStale)
		_ = g.Close()
	}
	g.start(t)
	p.set("*", 0)
	g.sync(t)
	if s := g.Status(); s.Bundle == nil || len(s.Faults) > 0 {
		t.Errorf("it is not mended: %+v", s)
	}
}

// Somebody puts an older bundle, genuine and sealed by this very device, back into its
// place: a pass that was withdrawn since must not open the gate again, be it of the same
// ten minutes and the same rules.
func TestABundlePutBackIsNotTaken(t *testing.T) {
	for name, later := range map[string]time.Duration{"issued a minute before": time.Minute, "issued at the same time": 0} {
		t.Run(name, func(t *testing.T) { putBack(t, later) })
	}
}

func putBack(t *testing.T, later time.Duration) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	path := filepath.Join(g.folder, "bundle.sealed")
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p.clock.Advance(later)
	p.bundle.IssuedAt = p.clock.Now().UnixMilli()
	p.bundle.Passes = []admission.BundleException{{Number: 1, Pass: admission.Pass{Withdrawn: true}}}
	p.publish(t)
	g.sync(t)
	p.cut(t, g)
	_ = g.Close()
	g.start(t)
	g.show(t, p.code(t, 1), in, refuse, admission.ReasonRevoked)
	_ = g.Close()
	if err := os.WriteFile(path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	g.start(t)
	if !g.faulty("bundle_refused") || g.Status().Bundle != nil {
		t.Error("the older one is in force")
	}
	g.show(t, p.code(t, 1), in, refer, admission.ReasonGateStale)
	p.set("*", 0)
	g.sync(t)
	p.cut(t, g)
	g.show(t, p.code(t, 1), in, refuse, admission.ReasonRevoked)
}

// The machine's clock is two minutes wrong, either way: one sync puts it right. Beyond
// what can be known, a code from the future names the clock and the seconds and sends the
// person to the guard; to a clock that is ahead a code is an old one. Never is it said
// that the signature is bad.
func TestAClockThatJumps(t *testing.T) {
	for _, jump := range []time.Duration{120 * time.Second, -120 * time.Second} {
		p := newPlatform(t)
		g := p.gate(t, "east", jump)
		g.sync(t)
		p.cut(t, g)
		for n := range 50 {
			p.clock.Advance(31 * time.Second)
			g.show(t, p.code(t, uint64(100+n)), in, admit, admission.ReasonOK)
		}
	}
	for _, jump := range []time.Duration{-121 * time.Second, -10 * time.Minute, -3 * time.Hour} {
		p := newPlatform(t)
		g := p.gate(t, "east", 0)
		g.sync(t)
		p.cut(t, g)
		g.machine.Advance(jump)
		_ = g.Close()
		g.start(t)
		for _, way := range []admission.Direction{in, out} {
			a := g.show(t, p.code(t, 1), way, refer, admission.ReasonClockSkew)
			if off := time.Duration(a.SkewSeconds)*time.Second + jump; off.Abs() > time.Minute || a.Next == "" {
				t.Errorf("%v: %d seconds are said, and %q", jump, a.SkewSeconds, a.Next)
			}
		}
	}
	p, g := offlineGate(t)
	g.machine.Advance(10 * time.Minute)
	_ = g.Close()
	g.start(t)
	g.show(t, p.code(t, 1), in, refuse, admission.ReasonExpired)
	g.show(t, p.code(t, 1), out, refer, admission.ReasonExpired)
}

// Junk on the line: bytes of any kind, a megabyte without an end, frames that are cut
// and glued. The gate goes on, opens nothing by it, and reads the code that follows.
func TestJunkOnTheLine(t *testing.T) {
	p, g := offlineGate(t)
	random := rand.New(rand.NewPCG(3, 4))
	var sent bytes.Buffer
	genuine := p.code(t, 1)
	for i := range 300 {
		junk := make([]byte, 1+random.IntN(400))
		for j := range junk {
			junk[j] = byte(random.UintN(256))
		}
		half := random.IntN(len(genuine))
		switch i % 4 {
		case 0:
			sent.Write(junk)
		case 1:
			sent.WriteString(genuine[:half])
		case 2:
			sent.WriteString("\x02" + genuine[half:] + string(junk))
		case 3:
			sent.WriteString(genuine[:half] + "\x00\x1b" + genuine[:half])
		}
		sent.WriteByte("\n\r\x03"[i%3])
	}
	sent.Write(bytes.Repeat([]byte("Z"), 1<<20))
	sent.WriteString("\n" + p.code(t, 2) + "\r\n")
	var screen bytes.Buffer
	door := &counted{}
	g.Watch(t.Context(), &agent.Lane{Direction: in, Door: door, Screen: &screen}, func() (io.ReadCloser, error) { return io.NopCloser(&sent), nil }, true)
	if door.n != 1 || strings.Count(screen.String(), `"outcome":"admit"`) != 1 {
		t.Errorf("%d doors were opened", door.n)
	}
	for _, e := range mustWaiting(t, g) {
		if len(e.Code) > 1024 {
			t.Errorf("a line of %d bytes is in the journal", len(e.Code))
		}
	}
	p.set("*", 0)
	g.sync(t)
	if s := g.Status(); s.Queue != 0 || s.Letters != 0 {
		t.Errorf("what was read cannot be uploaded: %+v", s)
	}
}

type counted struct{ n int }

func (c *counted) Open(ctx context.Context) error { c.n++; return ctx.Err() }

func mustWaiting(t *testing.T, g *gate) []agent.Pending {
	t.Helper()
	all, err := g.Waiting(100_000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Whoever carries the box away finds nothing of any person in clear: neither in what is
// kept, nor in what is damaged and set aside, nor in drafts. Names, telephone numbers
// and plates stand for what a reader may be shown.
func TestAStolenBoxTellsNothing(t *testing.T) {
	canaries := []string{"欧阳小燕", "13800138000", "川A12345", "川AD12345", "510104199001011234"}
	p, g := offlineGate(t)
	for _, c := range canaries {
		g.Present(t.Context(), agent.Presentation{Code: c, Direction: in, TemperatureTenths: 387})
	}
	code := p.code(t, 1)
	g.show(t, code, in, admit, admission.ReasonOK)
	_ = g.Close()
	// Torn and damaged files are copied aside, and must not be copied in clear.
	name := g.segments(t)[0]
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/3] ^= 1
	if err := os.WriteFile(name, data[:len(data)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	g.start(t)
	g.show(t, p.code(t, 2), in, admit, admission.ReasonOK)
	p.rejected[g.waiting(t)[0]] = true
	p.set("*", 0)
	g.sync(t)
	secrets := append(canaries, code, p.code(t, 2), "dt_test", "withdrawn", `"pass"`)
	secret, err := os.ReadFile(filepath.Join(g.folder, "device.key"))
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, strings.TrimSpace(string(secret)))
	files := 0
	err = filepath.WalkDir(g.folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, s := range secrets {
			if d.Name() == "device.key" && s == strings.TrimSpace(string(secret)) {
				continue // the one key of the box, readable by its owner alone
			}
			if bytes.Contains(data, []byte(s)) || bytes.Contains(data, []byte(hex.EncodeToString([]byte(s)))) {
				t.Errorf("%q stands in %s", s, path)
			}
		}
		return nil
	})
	if err != nil || files < 8 {
		t.Errorf("%d files were looked at, %v", files, err)
	}
}

// Whatever a reader sends, nothing but the genuine code is admitted, and nothing panics.
func FuzzLine(f *testing.F) {
	p := newPlatform(f)
	bundle, err := agent.ReadBundle(p.signed, agent.Trust{admission.PlatformKeyID(1): p.sign.PublicBytes()}, gateID, nil)
	if err != nil {
		f.Fatal(err)
	}
	genuine := p.code(f, 1)
	f.Add([]byte(genuine + "\r\n"))
	f.Add([]byte("]Q1" + strings.ToLower(genuine) + "\x03" + genuine[:20] + "\n"))
	f.Add([]byte("\x02\xff\xfe川A12345\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		_ = agent.EachLine(bytes.NewReader(sent), func(line string) {
			code := agent.TidyCode(line)
			if d := bundle.Decide(code, in, noon); d.Outcome == admit && code != genuine {
				t.Errorf("%q is admitted", code)
			}
		})
	})
}
