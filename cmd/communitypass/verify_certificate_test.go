package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// certificateFiles signs a text as the platform's key number 1 and writes it with
// the key set into a folder, as the API gives both.
func certificateFiles(t *testing.T, payload string) string {
	t.Helper()
	master := gm.NewMaster()
	made, err := gm.Generate(master, model.KeyPlatform, "", 1, time.UnixMilli(1))
	if err != nil {
		t.Fatal(err)
	}
	made.State = model.KeyActive
	ring, err := gm.NewRing(master, []model.Key{made})
	if err != nil {
		t.Fatal(err)
	}
	key, ok := ring.Platform()
	if !ok {
		t.Fatal("no key")
	}
	signature, err := key.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	jwk := key.JWK()
	jwk.KeyID = service.PlatformKeyID(key.Number)
	dir := t.TempDir()
	for name, v := range map[string]any{
		"certificate.json": map[string]any{"payload": payload, "signature": signature, "key_id": jwk.KeyID, "algorithm": "SM2SM3"},
		"jwks.json":        map[string]any{"keys": []gm.JWK{jwk}},
	} {
		text, err := json.Marshal(v)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func certificateText(t *testing.T, kind, by string) string {
	t.Helper()
	text, err := json.Marshal(service.CertificateBody{Type: kind, EmergencyID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", OrderNumber: "街道〔2026〕17号", SignedBy: by})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestVerifyCertificate(t *testing.T) {
	right := certificateText(t, service.CertificateType, "platform-0-1")
	for name, c := range map[string]struct {
		payload, old, new string
		said              string
	}{
		"whole":                   {right, "", "", "The certificate is valid: the data of emergency 01ARZ3NDEKTSV4RRFFQ69G5FAV (街道〔2026〕17号) was destroyed"},
		"another order number":    {right, "17号", "18号", "the signature is wrong"},
		"a key that is not there": {right, `"key_id":"platform-0-1"`, `"key_id":"platform-0-2"`, "no key platform-0-2"},
		"not JSON":                {right, "{", "[", "not valid"},
		"another kind of text":    {certificateText(t, "cn.communitypass.anchor", "platform-0-1"), "", "", "something else"},
		"another signer named":    {certificateText(t, service.CertificateType, "platform-0-7"), "", "", "something else"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := certificateFiles(t, c.payload)
			path := filepath.Join(dir, "certificate.json")
			held, err := os.ReadFile(path)
			if err == nil && c.old != "" {
				err = os.WriteFile(path, []byte(strings.Replace(string(held), c.old, c.new, 1)), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			r := execute(t, nil, "verify-certificate", path, "--jwks", filepath.Join(dir, "jwks.json"))
			if valid := r.code == exitOK; valid != (name == "whole") || !strings.Contains(r.out+r.err, c.said) {
				t.Errorf("%+v", r)
			}
		})
	}
	dir := certificateFiles(t, right)
	for _, args := range [][]string{{}, {dir + "/certificate.json"}, {dir + "/certificate.json", "--jwks", dir + "/none"}, {dir + "/none", "--jwks", dir + "/jwks.json"}} {
		if r := execute(t, nil, append([]string{"verify-certificate"}, args...)...); r.code == exitOK {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

// TestTheOpenSSLOfTheDocsVerifies runs what docs/emergency.md says, where its tools
// are installed.
func TestTheOpenSSLOfTheDocsVerifies(t *testing.T) {
	for _, tool := range []string{"sh", "openssl", "jq", "basenc", "od"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	script := map[string]string{}
	for _, file := range []string{"emergency.md", "emergency.zh.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", file))
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(text), "```sh\n")
		script[file], _, _ = strings.Cut(after, "```")
	}
	if script["emergency.md"] == "" || script["emergency.md"] != script["emergency.zh.md"] {
		t.Fatal("the two languages say different things")
	}
	for i := range 3 {
		dir := certificateFiles(t, certificateText(t, service.CertificateType, fmt.Sprintf("platform-0-%d", i)))
		run := func(script string) (string, error) {
			c := exec.CommandContext(t.Context(), "sh", "-ec", script)
			c.Dir = dir
			out, err := c.CombinedOutput()
			return string(out), err
		}
		if out, err := run(script["emergency.md"]); err != nil || !strings.Contains(out, "Verified OK") {
			t.Errorf("%v: %s", err, out)
		}
		forged := strings.ReplaceAll(script["emergency.md"], "jq -rj .payload certificate.json", "jq -rj .payload certificate.json | sed s/17/18/")
		if out, err := run(forged); err == nil || strings.Contains(out, "Verified OK") {
			t.Errorf("a forged text is taken: %s", out)
		}
	}
}
