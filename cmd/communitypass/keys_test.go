package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// fakeRing answers with one key and notes what it was asked.
type fakeRing struct {
	asked string
	key   model.Key
	fails error
	shut  bool
}

func (r *fakeRing) note(format string, args ...any) (model.Key, error) {
	r.asked = fmt.Sprintf(format, args...)
	return r.key, r.fails
}

func (r *fakeRing) EnsureFirst(_ context.Context) ([]model.Key, error) {
	return single(r.note("first"))
}

func (r *fakeRing) Create(_ context.Context, p model.KeyPurpose, community string) (model.Key, error) {
	return r.note("create %s %s", p, community)
}

func (r *fakeRing) Activate(_ context.Context, id string, _ bool) (model.Key, error) {
	return r.note("activate %s", id)
}

func (r *fakeRing) LeftOut(context.Context, string) ([]string, error) {
	return []string{"01GATE"}, nil
}

// An activation by force says which gates it leaves out.
func TestAForcedActivationSaysWhoIsLeftOut(t *testing.T) {
	var out, said strings.Builder
	ring := &fakeRing{}
	p := &program{environ: complete(t), language: english, openKeys: ring.open, out: &out, err: &said}
	c := p.keysCommand()
	c.SetArgs([]string{"activate", "--force", "01KK"})
	if err := c.ExecuteContext(t.Context()); err != nil || !strings.Contains(said.String(), "01GATE") || ring.asked != "activate 01KK" {
		t.Errorf("%v, said %q, asked %q", err, said.String(), ring.asked)
	}
}

func (r *fakeRing) Retire(_ context.Context, id string, force bool) (model.Key, error) {
	return r.note("retire %s %t", id, force)
}

func (r *fakeRing) List(context.Context) ([]model.Key, error) { return []model.Key{r.key}, r.fails }

func (r *fakeRing) open(context.Context, *Config) (keyRing, func() error, error) {
	return r, func() error { r.shut = true; return nil }, nil
}

func noKeys(context.Context, *Config) (keyRing, func() error, error) {
	return nil, nil, errors.New("keys are not asked for here")
}

func sampleKey(t *testing.T) model.Key {
	t.Helper()
	master, err := gm.ParseMaster(masterKey)
	if err != nil {
		t.Fatal(err)
	}
	k, err := gm.Generate(master, model.KeyPass, "01KC", 7, noon.Now())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeysCommands(t *testing.T) {
	for line, want := range map[string]string{
		"keys create --first":                         "first",
		"keys create --purpose data":                  "create data ",
		"keys create --purpose pass --community 01KC": "create pass 01KC",
		"keys activate 01KK":                          "activate 01KK",
		"keys retire 01KK":                            "retire 01KK false",
		"keys retire --force 01KK":                    "retire 01KK true",
		"keys list":                                   "",
	} {
		t.Run(line, func(t *testing.T) {
			ring := &fakeRing{key: sampleKey(t)}
			r := executeWith(t, &program{environ: complete(t), openKeys: ring.open}, strings.Fields(line)...)
			if r.code != exitOK || ring.asked != want || !ring.shut {
				t.Errorf("ended with %+v, asked %q, shut %t", r, ring.asked, ring.shut)
			}
			if !strings.Contains(r.out, ring.key.ID) || !strings.Contains(r.out, "next") || !strings.Contains(r.out, "2026-11-22") {
				t.Errorf("printed %q", r.out)
			}
			if secret := string(ring.key.Wrapped); strings.Contains(r.out, secret[:8]) || strings.Contains(r.out, fmt.Sprintf("%x", secret[:8])) {
				t.Error("the key itself is printed")
			}
		})
	}
}

func TestKeysSayWhyNot(t *testing.T) {
	for code, want := range map[model.Code]string{model.CodeNotFound: "no such thing", model.CodeStateChanged: "state", model.CodeConflict: "exists", model.CodeInvalid: "not acceptable"} {
		ring := &fakeRing{fails: model.Fail(code)}
		r := executeWith(t, &program{environ: complete(t), language: english, openKeys: ring.open}, "keys", "activate", "x")
		if r.code != exitFailed || !strings.Contains(r.err, want) || r.out != "" || !ring.shut {
			t.Errorf("%s: %+v", code, r)
		}
	}
	r := executeWith(t, &program{environ: without(complete(t), "MASTER_KEY"), language: english, openKeys: noKeys}, "keys", "list")
	if r.code != exitFailed || !strings.Contains(r.err, "MASTER_KEY") {
		t.Errorf("without a master key: %+v", r)
	}
}
