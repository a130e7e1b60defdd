package device_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"communitypass.cn/communitypass/device"
)

func TestPicturesAreDroppedWhileTheyCome(t *testing.T) {
	picture := strings.Repeat("QUJD", 3<<20) // 12 MB
	body := io.MultiReader(strings.NewReader(`{"a":"x\"y","picture":"`), strings.NewReader(picture), strings.NewReader(`","plate":"粤B12345"}`))
	got, err := device.SlimJSON(body, 64, 1024)
	if want := `{"a":"x\"y","picture":"","plate":"粤B12345"}`; err != nil || string(got) != want {
		t.Errorf("%.200s, %v", got, err)
	}
	if _, err := device.SlimJSON(strings.NewReader("["+strings.Repeat("1,", 1024)+"1]"), 64, 1024); !errors.Is(err, device.ErrTooLong) {
		t.Errorf("too much is %v", err)
	}
	broken := errors.New("gone")
	if _, err := device.SlimJSON(io.MultiReader(strings.NewReader(`{"a":`), failing{broken}), 64, 1024); !errors.Is(err, broken) {
		t.Errorf("a broken line is %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// What is short stays byte for byte; what is JSON stays JSON.
func FuzzSlimJSON(f *testing.F) {
	f.Add([]byte(`{"a":"\\","b":"\"","c":["0123456789abcdef"]}`))
	f.Add([]byte(`"`))
	f.Fuzz(func(t *testing.T, body []byte) {
		whole, err := device.SlimJSON(bytes.NewReader(body), len(body)+1, len(body)+1)
		if err != nil || !bytes.Equal(whole, body) {
			t.Errorf("%q became %q, %v", body, whole, err)
		}
		slim, err := device.SlimJSON(bytes.NewReader(body), 4, len(body)+1)
		if err != nil || len(slim) > len(body) || json.Valid(body) && !json.Valid(slim) {
			t.Errorf("%q became %q, %v", body, slim, err)
		}
	})
}
