package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

const (
	// doorTime is how long an order to a door lives.
	doorTime = 3 * time.Second
	// doorPulse is how long a relay is held.
	doorPulse = 500 * time.Millisecond
)

// Door opens, now or not at all.
type Door interface {
	Open(ctx context.Context) error
}

// NewDoor makes a door of its description: http://… or https://… is called with POST;
// gpio:PATH gets "1", and "0" half a second later (a value file of sysfs, or any
// file). Nothing else is a door: no command is ever run.
func NewDoor(description string) (Door, error) {
	if path, ok := strings.CutPrefix(description, "gpio:"); ok && path != "" {
		return &pinDoor{path: path, pause: model.Wait}, nil
	}
	u, err := url.Parse(description)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("a relay is http://…, https://… or gpio:PATH")
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &httpDoor{url: description, http: &http.Client{Timeout: doorTime, CheckRedirect: refuse}}, nil
}

// httpDoor is a relay that is reached on the local network.
type httpDoor struct {
	url  string
	http *http.Client
}

func (d *httpDoor) Open(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, nil)
	if err != nil {
		return errors.New("the relay's address cannot be called")
	}
	answer, err := d.http.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, which may hold a password
		}
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("the relay answers %d", answer.StatusCode)
	}
	return nil
}

// pinDoor is a relay on a pin of this machine.
type pinDoor struct {
	path  string
	pause func(context.Context, time.Duration) error
}

// Open holds the relay for a moment. The pin is let go even when ctx ends.
func (d *pinDoor) Open(ctx context.Context) error {
	if err := d.write("1"); err != nil {
		return err
	}
	_ = d.pause(ctx, doorPulse)
	return d.write("0")
}

func (d *pinDoor) write(level string) error {
	f, err := os.OpenFile(d.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(level)
	return errors.Join(err, f.Close())
}
