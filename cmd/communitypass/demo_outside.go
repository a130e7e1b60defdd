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
	wechat                         *simulator.WeChat
	sms                            *simulator.SMS
	property                       *simulator.Property
	lift                           *simulator.Lift
	wechatURL, smsURL, propertyURL string
	propertyAddress                string
	servers                        []*http.Server
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
	o := &demoOutside{wechat: wechat, sms: simulator.NewSMS(demoTexter), property: simulator.NewProperty(simulator.PropertyOptions{Clock: clock})}
	wechatAddress, err := o.open(wechat, anyPort)
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	smsAddress, err := o.open(o.sms, anyPort)
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	others := o.others(clock)
	if o.propertyAddress, err = o.open(others, cmp.Or(propertyAddress, anyPort)); err != nil {
		o.propertyAddress, err = o.open(others, anyPort)
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	o.wechatURL, o.smsURL, o.propertyURL = "http://"+wechatAddress, "http://"+smsAddress, "http://"+o.propertyAddress
	return o, nil
}

// others are the systems that are told, on one port: the property system, one that
// speaks HC, and the city's platform.
func (o *demoOutside) others(clock model.Clock) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", o.property)
	mux.Handle("/hc/", http.StripPrefix("/hc", simulator.NewHC(simulator.HCSecret)))
	mux.Handle("/city/", http.StripPrefix("/city", simulator.NewVIID(simulator.CityAccount, simulator.CityPassword, clock)))
	return mux
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
