package day

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// push sends a body to a device's address as the device would, and gives the answer.
func (f *fleet) push(to, contentType, body string) (string, error) {
	q, err := http.NewRequestWithContext(f.ctx, http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	q.Header.Set("Content-Type", contentType)
	a, err := f.http.Do(q)
	if err != nil {
		return "", err
	}
	defer a.Body.Close()
	got, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.200s", a.StatusCode, got)
	}
	return string(got), err
}

// twice sends the same thing two times and wants both answers to have a piece.
func (f *fleet) twice(to, contentType, body, piece string) error {
	for range 2 {
		got, err := f.push(to, contentType, body)
		if err != nil {
			return err
		}
		if plain := strings.ReplaceAll(got, " ", ""); !strings.Contains(plain, piece) {
			return fmt.Errorf("without %q: %.200s", piece, got)
		}
	}
	return nil
}

// shown is the present code of somebody.
func (f *fleet) shown(name string) (string, error) {
	who := f.cast(name)
	if code := who.code(who.passID); code != "" {
		return code, nil
	}
	return "", errors.New(name + " has no code")
}

// reader is a VGuang reader on the broker. Its connection lasts the whole day; what the
// broker brings twice is the same question, and has the same answer.
func (f *fleet) reader() error {
	code, err := f.shown("欧阳小燕")
	if err != nil {
		return err
	}
	at := f.now().Unix()
	f.told["vguang-mqtt"]++
	for range 2 {
		got, err := f.broker.Ask(f.ctx, fmt.Sprintf("day-%06d", f.rounds), code, at)
		if err != nil || got != "000000" {
			return fmt.Errorf("%q, not 000000: %w", got, err)
		}
	}
	return nil
}

// terminal is a Hikvision terminal that asks.
func (f *fleet) terminal() error {
	code, err := f.shown("林浩")
	if err != nil {
		return err
	}
	body := fmt.Sprintf(`{"eventType":"AccessControllerEvent","dateTime":%q,"channelID":1,"AccessControllerEvent":{"majorEventType":5,"subEventType":156,"serialNo":%d,"doorNo":1,"remoteCheck":true,"QRCodeInfo":%q}}`,
		f.now().In(beijing).Format(time.RFC3339), f.rounds, code)
	f.told["hikvision"]++
	return f.twice(f.units["hikvision"].url, "application/json", body, `"checkResult":"success"`)
}

// controllerAsks is a ZKTeco controller that asks.
func (f *fleet) controllerAsks() error {
	code, err := f.shown("王芳")
	if err != nil {
		return err
	}
	body := fmt.Sprintf("time=%s\tpin=0\tcardno=%s\teventaddr=1\tevent=1000\tinoutstatus=0\tverifytype=4\tindex=%d\r\n", f.now().In(beijing).Format(time.DateTime), code, f.rounds)
	f.told["zkteco"]++
	u := f.units["zkteco"]
	return f.twice(u.url+"/cdata?"+url.Values{"SN": {u.serial}, "AuthType": {"device"}}.Encode(), "application/push;charset=UTF-8", body, "AUTH=SUCC")
}

// broken is a Dahua terminal whose door was broken open.
func (f *fleet) broken() error {
	body := fmt.Sprintf(`{"Code":"BreakIn","Action":"Start","Index":0,"Data":{"RealUTC":%d,"Door":"1","EventID":%d}}`, f.now().Unix(), f.rounds)
	f.told["dahua"]++
	return f.twice(f.units["dahua"].url, "application/json", body, `"message":"success"`)
}
