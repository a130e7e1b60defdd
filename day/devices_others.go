package day

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/conformance"
)

// vehicleComes is a Vzenith camera at the barrier, and a vehicle that a resident invited.
func (f *fleet) vehicleComes() error {
	plate := fmt.Sprintf("京A%05d", 70000+f.rounds)
	host := f.cast("欧阳小燕")
	visit, invitation := f.invite(host, map[string]any{"kind": "vehicle", "plate": plate, "valid_until": instant(f.now().Add(2 * time.Hour))})
	v, _ := f.accept(invitation)
	f.through(v)
	// What was made a moment ago reaches the gate's memory within a second: until then
	// the camera sees the vehicle as another one.
	var err error
	for try := range 20 {
		body := fmt.Sprintf(`{"AlarmInfoPlate":{"channel":0,"serialno":"","result":{"PlateResult":{"license":%q,"plateid":%d,"isoffline":0,"direction":0,"triggerType":1,"confidence":96,"timeStamp":{"Timeval":{"sec":%d,"usec":0}}}}}}`,
			plate, 100*f.rounds+try, f.now().Unix())
		f.told["vzenith"]++
		if err = f.twice(f.units["vzenith"].url+"/devicemanagement/php/plateresult.php", "application/json", body, `"info":"ok"`); err == nil {
			return nil
		}
		select {
		case <-f.ctx.Done():
			return f.ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("%w (visit %s)", err, visit.text("id"))
}

// panel is an alarm panel that tells of a burglary, and tells it again.
func (f *fleet) panel() error {
	body := fmt.Sprintf(`"SIA-DCS"%04dR0L0#%s[#%s|Nri1/BA12]%s`, f.rounds, dayPanel, dayPanel, f.now().UTC().Format("_15:04:05,01-02-2006"))
	f.told["sia"]++
	for range 2 {
		got, err := conformance.TellSIA(f.ctx, f.demo.SIAAddress, body)
		if err != nil || !strings.Contains(got, `"ACK"`) {
			return fmt.Errorf("%q, %w", got, err)
		}
	}
	return nil
}

// cameraSees is a camera of GB/T 28181 that sees an intrusion.
func (f *fleet) cameraSees() error {
	c, err := conformance.NewCamera(dayCamera, daySecret, f.demo.SIPID, f.demo.SIPAddress)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Register(f.ctx); err != nil {
		return err
	}
	sn := fmt.Sprint(f.rounds)
	body := fmt.Sprintf(`<?xml version="1.0"?><Notify><CmdType>Alarm</CmdType><SN>%s</SN><DeviceID>%s</DeviceID><AlarmPriority>1</AlarmPriority><AlarmMethod>5</AlarmMethod><AlarmTime>%s</AlarmTime><Info><AlarmType>6</AlarmType></Info></Notify>`,
		sn, dayCamera, f.now().In(beijing).Format("2006-01-02T15:04:05"))
	f.told["gb28181"]++
	for range 2 {
		if err := c.Alarm(f.ctx, sn, []byte(body)); err != nil {
			return err
		}
	}
	return nil
}

// lift is a lift that a resident calls by phone, tapping twice.
func (f *fleet) lift() error {
	who := f.cast("李雷")
	floors := f.demo.Lift.Floors
	to := ""
	for _, l := range who.get("/v1/me/lifts").items("items") {
		for _, floor := range texts(l, "floors") {
			if l.text("id") == f.demo.Lift.LiftID && floor != floors[0] {
				to = floor
			}
		}
	}
	wish := map[string]any{"request_id": fmt.Sprintf("devices-%06d", f.rounds), "lift_id": f.demo.Lift.LiftID, "from": floors[0], "to": to}
	// The lift that came in the round before, and was not taken back, is let go a moment
	// after the clock was moved.
	var first answer
	f.soon(func() bool {
		first = who.post("/v1/me/lift-calls", wish)
		return first.text("code") != "limit_reached"
	})
	again := who.post("/v1/me/lift-calls", wish)
	if first.status >= http.StatusMultipleChoices || first.text("id") == "" || again.text("id") != first.text("id") {
		return fmt.Errorf("%v then %v", first, again)
	}
	// The command lives for seconds: before the clock is moved the lift has taken it.
	var state string
	if !f.soon(func() bool {
		state = who.get("/v1/me/lift-calls/" + first.text("id")).text("state")
		return !slices.Contains([]string{"requested", "sent"}, state)
	}) || slices.Contains([]string{"expired", "refused", "failed"}, state) {
		return fmt.Errorf("the call is %s", state)
	}
	// Taken back, since the next round comes before the lift has: one call at a time.
	// A lift that has come meanwhile is not taken back.
	if a := who.delete("/v1/me/lift-calls/" + first.text("id")); a.status != http.StatusOK && a.text("state") != "arrived" {
		return fmt.Errorf("it is not taken back: %v", a)
	}
	f.calls = append(f.calls, first.text("id"))
	f.told["lift"]++
	return nil
}

// texts are the members of a list of texts.
func texts(o object, name string) []string {
	list, _ := o[name].([]any)
	var out []string
	for _, item := range list {
		if s, ok := item.(string); ok && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
