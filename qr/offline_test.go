package qr

import (
	"strings"
	"testing"

	qrcode "github.com/skip2/go-qrcode"

	"communitypass.cn/communitypass/passcode"
)

// The layouts that were weighed for the code which a phone signs (docs/adr/0030), and
// the codes there were before, in bytes.
var layouts = []struct {
	name  string
	bytes int
	// modules are those of an edge at the levels L and M, without the border.
	modules [2]int
}{
	{"formats 1 and 2", passcode.Size, [2]int{37, 37}},
	{"a: strip, window and phone's signature in each code", passcode.PhoneSize, [2]int{49, 57}},
	{"b: the strip, shown once to each gate", passcode.StripSize, [2]int{41, 45}},
	// One byte of format, eight that name the strip, the window and the signature.
	{"b: the code that follows", 1 + 8 + 3 + 64, [2]int{33, 37}},
}

// TestLayoutsOfOfflineCodes measures them; go test ./qr -run Layouts -v prints the table.
func TestLayoutsOfOfflineCodes(t *testing.T) {
	t.Logf("%-52s %5s %5s  %-12s %-12s %s", "layout", "bytes", "chars", "level L", "level M", "pixels a module of M at 320")
	for _, l := range layouts {
		chars := l.bytes/2*3 + l.bytes%2*2
		text := strings.Repeat("A", chars)
		var got [2]int
		var version [2]int
		for i, level := range []qrcode.RecoveryLevel{qrcode.Low, qrcode.Medium} {
			symbol, err := qrcode.New(text, level)
			if err != nil {
				t.Fatal(err)
			}
			symbol.DisableBorder = true
			got[i], version[i] = len(symbol.Bitmap()), symbol.VersionNumber
		}
		t.Logf("%-52s %5d %5d  V%-2d %2d edge   V%-2d %2d edge   %.1f", l.name, l.bytes, chars,
			version[0], got[0], version[1], got[1], 320/float64(got[1]+2*quietZone))
		if got != l.modules {
			t.Errorf("%s: %v modules, want %v", l.name, got, l.modules)
		}
	}
}
