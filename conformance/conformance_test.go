package conformance_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"communitypass.cn/communitypass/conformance"
	"communitypass.cn/communitypass/model"
)

// program is the server under replay.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "communitypass")
	if out, err := exec.Command("go", "build", "-o", path, "communitypass.cn/communitypass/cmd/communitypass").CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return path
}

func replay(t *testing.T, folder string) (conformance.Tally, string) {
	t.Helper()
	target, stop, err := conformance.Start(t.Context(), program(t), "")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	var out strings.Builder
	tally, err := conformance.Run(t.Context(), conformance.Options{Payloads: folder, Target: target, Clock: model.SystemClock{}, Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	return tally, out.String()
}

// TestPayloads replays what real devices sent, where that folder lies beside the project.
func TestPayloads(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "payloads")
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		t.Skip("LEFT OUT: no payloads beside the project")
	}
	tally, out := replay(t, folder)
	if tally.Failed > 0 || tally.Passed < 70 {
		t.Errorf("%+v\n%s", tally, out)
	}
}

// TestVerdicts: what a device would be content with passes, what it would not fails, and
// what no device sends is left out.
func TestVerdicts(t *testing.T) {
	folder := t.TempDir()
	for name, body := range map[string]string{
		"gate-vguang-1.txt":     "vgdecoderesult=SOMETHING&&devicenumber=1",
		"alarm-cap-2.xml":       `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>1</identifier></alert>`,
		"alarm-sia-3.txt":       "\n00000018\"SIA-DCS\"0001L0#7777[|Nri1/PA]\r",
		"alarm-hikvision-4.xml": `<EventNotificationAlert><eventType>IO</eventType>`, // cut off, and must be refused
		"gate-nobody-5.json":    "{}",
		"ref-nothing-6.json":    "{}",
		"notes.txt":             "not of the form",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tally, out := replay(t, folder)
	if tally != (conformance.Tally{Passed: 4, LeftOut: 2}) || strings.Contains(out, "notes") {
		t.Errorf("%+v\n%s", tally, out)
	}
	for _, want := range []string{"refused: its check sum is wrong", "refused: it has no", "refused: it is cut off", "1 passage(s)", "no protocol of ours"} {
		if !strings.Contains(out, want) {
			t.Errorf("without %q:\n%s", want, out)
		}
	}
}

func TestAnEmptyFolderIsAnError(t *testing.T) {
	if _, err := conformance.Run(t.Context(), conformance.Options{Payloads: t.TempDir()}); err == nil {
		t.Error("nothing was replayed, and that is no error")
	}
}
