package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
)

// demoOutside is what surrounds the server in the demo, each on a port of its own.
type demoOutside struct {
	property               *simulator.Property
	wechatURL, propertyURL string
	propertyAddress        string
	servers                []*http.Server
}

// openDemoOutside opens the simulated systems. The property system returns to the
// address of the last run, unless somebody else has it now.
func openDemoOutside(w simulator.World, clock model.Clock, propertyAddress string) (*demoOutside, error) {
	wechat := simulator.NewWeChat(demoAppID, demoAppSecret, simulator.WeChatOptions{ReusableCodes: true, Clock: clock})
	for _, p := range w.People() {
		if p.WeChat != "" {
			wechat.AddUser(p.LoginCode(), p.PhoneCode(), p.OpenID(), p.Phone)
		}
	}
	o := &demoOutside{property: simulator.NewProperty(simulator.PropertyOptions{Clock: clock})}
	wechatAddress, err := o.open(wechat, anyPort)
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	if o.propertyAddress, err = o.open(o.property, cmp.Or(propertyAddress, anyPort)); err != nil {
		o.propertyAddress, err = o.open(o.property, anyPort)
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	o.wechatURL, o.propertyURL = "http://"+wechatAddress, "http://"+o.propertyAddress
	return o, nil
}

const anyPort = "127.0.0.1:0"

func (o *demoOutside) open(h http.Handler, address string) (string, error) {
	socket, err := net.Listen("tcp", address)
	if err != nil {
		return "", fail("不能打开模拟系统的端口。", "Cannot open a port for the simulated systems.", err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	o.servers = append(o.servers, s)
	go func() { _ = s.Serve(socket) }() // ends with close
	return socket.Addr().String(), nil
}

func (o *demoOutside) close() error {
	var errs []error
	for _, s := range o.servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// trust gives the property system the secret it verifies with, and the platform's
// public keys as they are when an event comes.
func (o *demoOutside) trust(secret string, d *service.Directory) error {
	o.property.SetSM2(func(message, signature []byte) bool {
		for _, key := range d.Ring().PlatformKeys() {
			if gm.VerifySM2(key.Public(), message, signature) {
				return true
			}
		}
		return false
	})
	return o.property.SetSecret(secret)
}

// demoPrivate is the clock of the demo on the private listener: GET tells the
// time, POST moves it.
func demoPrivate(clock *model.MovableClock) map[string]http.Handler {
	tell := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"now": clock.Now().UTC().Format(time.RFC3339Nano)})
	}
	return map[string]http.Handler{
		"GET /demo/clock": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { tell(w) }),
		"POST /demo/clock": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			by, err := advance(w, r, clock.Now())
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			clock.Advance(by)
			tell(w)
		}),
	}
}

var errClock = errors.New(`send {"advance_seconds": 61}, or {"now": "2026-01-01T00:00:00Z"}`)

// advance reads how far the clock is to be moved.
func advance(w http.ResponseWriter, r *http.Request, now time.Time) (time.Duration, error) {
	var b struct {
		Advance *float64   `json:"advance_seconds"`
		Seconds *float64   `json:"seconds"`
		Now     *time.Time `json:"now"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&b); err != nil {
		return 0, errClock
	}
	switch {
	case b.Advance != nil:
		return time.Duration(*b.Advance * float64(time.Second)), nil
	case b.Seconds != nil:
		return time.Duration(*b.Seconds * float64(time.Second)), nil
	case b.Now != nil:
		return b.Now.Sub(now), nil
	}
	return 0, errClock
}

// propertyReceived reads what the property system has got.
func (o *demoOutside) propertyReceived(ctx context.Context, passageID string) (simulator.PropertyEvent, bool) {
	for range 100 {
		for _, e := range o.property.Received() {
			var body struct {
				Subject string `json:"subject"`
			}
			if json.Unmarshal(e.Body, &body) == nil && body.Subject == passageID {
				return e, true
			}
		}
		if model.Wait(ctx, 50*time.Millisecond) != nil {
			break
		}
	}
	return simulator.PropertyEvent{}, false
}
