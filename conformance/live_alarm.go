package conformance

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// liveSIA is an alarm panel without a key.
func liveSIA(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	if s.SIAAddress == "" {
		return nil, nil, leftOut("the server says no address for alarm panels")
	}
	account := fmt.Sprintf("%010X", s.clock.Now().UnixMicro()&0xffffffffff)
	u, err := s.register(ctx, "sia", map[string]any{"serial": account})
	if err != nil {
		return nil, nil, err
	}
	n := 0
	send := func(ctx context.Context, token, data string) (string, error) {
		n = n%9999 + 1
		body := fmt.Sprintf(`"%s"%04dL0#%s[%s]`, token, n, account, data) + s.clock.Now().UTC().Format("_15:04:05,01-02-2006")
		answer, err := s.packet(ctx, summed(body))
		if err == nil && !strings.Contains(answer, `"ACK"`) {
			err = fmt.Errorf("the panel wants ACK")
		}
		return quoted(answer), err
	}
	return []act{
		{name: "is there 心跳", beat: true, do: func(ctx context.Context) (string, error) { return send(ctx, "NULL", "") }},
		{name: "raises a burglary 盗警", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "alarm", "raised", func() (string, error) { return send(ctx, "SIA-DCS", "#"+account+"|Nri1/BA501") })
		}},
		{name: "restores it 恢复", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "alarm", "cleared", func() (string, error) { return send(ctx, "SIA-DCS", "#"+account+"|Nri1/BR501") })
		}},
	}, u.leaves(), nil
}

// liveGB28181 is a camera.
func liveGB28181(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	if s.SIPAddress == "" || s.SIPID == "" {
		return nil, nil, leftOut("the server says no address for video devices")
	}
	id := "3402000000132" + fmt.Sprintf("%07d", s.clock.Now().UnixMilli()%1e7)
	u, err := s.register(ctx, "gb28181", map[string]any{"serial": id, "secret": cameraPassword})
	if err != nil {
		return nil, nil, err
	}
	c, err := NewCamera(id, cameraPassword, s.SIPID, s.SIPAddress)
	if err != nil {
		u.revoke(ctx)
		return nil, nil, err
	}
	next := s.numbered()
	message := func(ctx context.Context, body string) (string, error) {
		reply, err := c.do(ctx, c.request(sip.MESSAGE, []byte(body)))
		if err != nil {
			return "", err
		}
		if reply.StatusCode != sip.StatusOK {
			err = fmt.Errorf("the camera wants 200")
		}
		return fmt.Sprintf("%d %s", reply.StatusCode, reply.Reason), err
	}
	return []act{
		{name: "registers 注册", once: true, do: func(ctx context.Context) (string, error) { return "200 after a proof", c.Register(ctx) }},
		{name: "is there 心跳", beat: true, do: func(ctx context.Context) (string, error) {
			return message(ctx, fmt.Sprintf("<?xml version=\"1.0\"?>\n<Notify><CmdType>Keepalive</CmdType><SN>%d</SN><DeviceID>%s</DeviceID><Status>OK</Status></Notify>", next(), id))
		}},
		{name: "raises an alarm 报警", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "alarm", "raised", func() (string, error) {
				n := next()
				said, err := message(ctx, fmt.Sprintf("<?xml version=\"1.0\"?>\n<Notify><CmdType>Alarm</CmdType><SN>%d</SN><DeviceID>%s</DeviceID><AlarmPriority>1</AlarmPriority><AlarmMethod>5</AlarmMethod><AlarmTime>%s</AlarmTime></Notify>",
					n, id, s.clock.Now().In(zone).Format("2006-01-02T15:04:05")))
				if err == nil {
					err = c.confirmed(ctx, fmt.Sprint(n))
				}
				return said + ", then its own MESSAGE", err
			})
		}},
		{name: "lists its channels 目录", once: true, do: func(ctx context.Context) (string, error) {
			return "asked by the platform", until(ctx, "the API shows no two channels", func() (bool, error) {
				listed, err := u.ids(ctx, "/device-events?limit=100&device_id="+u.id, func(e map[string]any) bool { return e["state"] == "channel_on" })
				return len(listed) >= 2, err
			})
		}},
	}, u.leaves(c.Close), nil
}

// liveVIID is a device of GA/T 1400 with vehicles.
func liveVIID(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	id := "3205050000132" + fmt.Sprintf("%07d", s.clock.Now().UnixMilli()%1e7)
	u, err := s.register(ctx, "viid", map[string]any{"serial": id, "secret": cameraPassword})
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	post := func(ctx context.Context, path, body string) (string, error) {
		status, answer, err := u.viidAs(ctx, id, path, []byte(body))
		if err == nil && (status != http.StatusOK || statusCode(answer) != "0") {
			err = fmt.Errorf("the device wants StatusCode 0")
		}
		return fmt.Sprintf("%d %s", status, quoted(string(answer))), err
	}
	return []act{
		{name: "registers 注册", once: true, do: func(ctx context.Context) (string, error) {
			return post(ctx, "/VIID/System/Register", `{"RegisterObject":{"DeviceID":"`+id+`"}}`)
		}},
		{name: "is there 保活", beat: true, do: func(ctx context.Context) (string, error) {
			return post(ctx, "/VIID/System/Keepalive", `{"KeepaliveObject":{"DeviceID":"`+id+`"}}`)
		}},
		{name: "reads a plate 车牌", do: func(ctx context.Context) (string, error) {
			return u.plateRead(ctx, func() (string, error) {
				n, now := next(), s.clock.Now().In(zone).Format("20060102150405")
				return post(ctx, "/VIID/MotorVehicles", fmt.Sprintf(`{"MotorVehicleListObject":{"MotorVehicleObject":[{"MotorVehicleID":"%s02%s%05d02%05d","InfoKind":1,"DeviceID":"%s","HasPlate":"1","PlateNo":"京APL6%02d","PassTime":"%s","AppearTime":"%s"}]}}`,
					id, now, n%1e5, n%1e5, id, n%100, now, now))
			})
		}},
		{name: "leaves 注销", once: false, do: func(ctx context.Context) (string, error) {
			if said, err := post(ctx, "/VIID/System/UnRegister", `{"UnRegisterObject":{"DeviceID":"`+id+`"}}`); err != nil {
				return said, err
			}
			return post(ctx, "/VIID/System/Register", `{"RegisterObject":{"DeviceID":"`+id+`"}}`)
		}},
	}, u.leaves(), nil
}

// keepsWaiting is how long a device waits between two questions for an order.
const keepsWaiting = 300 * time.Millisecond
