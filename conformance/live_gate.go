package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"

	"github.com/eclipse/paho.golang/paho"
)

// liveZKTeco is a security controller, which asks for its orders.
func liveZKTeco(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	serial := s.serial("PLAYED")
	u, err := s.register(ctx, "zkteco", map[string]any{"serial": serial})
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	sn := func(more ...string) string {
		q := url.Values{"SN": {serial}}
		for i := 0; i+1 < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return q.Encode()
	}
	post := func(path, query, text string, understood func(int, []byte) error) push {
		return push{path: path, query: query, contentType: "application/push;charset=UTF-8", body: []byte(text), understood: understood}
	}
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loop sync.WaitGroup
	loop.Go(func() {
		for model.Wait(listening, keepsWaiting) == nil {
			status, body, err := u.send(listening, push{method: http.MethodGet, path: "/getrequest", query: sn()})
			number, order, found := strings.Cut(strings.TrimPrefix(string(body), "C:"), ":")
			if err == nil && status == http.StatusOK && found && (strings.HasPrefix(order, "CONTROL DEVICE 01") || strings.HasPrefix(order, "CONTROL DEVICE 03")) {
				// What is lost here the server takes for no answer, and the act fails by it.
				_, _, _ = u.send(listening, post("/devicecmd", sn(), "ID="+number+"&Return=0&CMD=CONTROL DEVICE\r\n", nil))
			}
		}
	})
	now := func() string { return s.clock.Now().In(zone).Format(time.DateTime) }
	return []act{
		{name: "registers 注册", once: true, do: func(ctx context.Context) (string, error) {
			if said, err := u.pushed(ctx, push{method: http.MethodGet, path: "/cdata", query: sn("pushver", "3.1.2", "options", "all"), understood: ok()}); err != nil {
				return said, err
			}
			if said, err := u.pushed(ctx, post("/registry", sn(), "DeviceType=acc,~DeviceName=PLAYED,FirmVer=played,IsSupportQRcode=1", registered)); err != nil {
				return said, err
			}
			return u.pushed(ctx, post("/push", sn(), "", ok("TransTables=")))
		}},
		{name: "is there 心跳", beat: true, do: func(ctx context.Context) (string, error) {
			return u.pushed(ctx, push{method: http.MethodGet, path: "/ping", query: sn(), understood: oneOf("OK")})
		}},
		{name: "asks for a code 后台验证", do: func(ctx context.Context) (string, error) {
			return u.passes(ctx, func() (string, error) {
				n := next()
				return u.pushed(ctx, post("/cdata", sn("AuthType", "device"), fmt.Sprintf("time=%s\tpin=0\tcardno=%s-%d\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=4\tindex=%d\r\n", now(), nobody, n, n),
					func(status int, body []byte) error {
						if status != http.StatusOK || !strings.HasPrefix(string(body), "AUTH=FAILED\r\n") {
							return fmt.Errorf("the device wants AUTH=FAILED for a stranger")
						}
						return nil
					}))
			})
		}},
		{name: "tells of a passage 实时事件", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "code", "admitted", func() (string, error) {
				return u.pushed(ctx, post("/cdata", sn("table", "rtlog"), fmt.Sprintf("time=%s\tpin=1\tcardno=1\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=4\tindex=%d\r\n", now(), next()), oneOf("OK")))
			})
		}},
		{name: "raises an alarm 强行开门", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "alarm", "raised", func() (string, error) {
				return u.pushed(ctx, post("/cdata", sn("table", "rtlog"), fmt.Sprintf("time=%s\tpin=0\tcardno=0\teventaddr=1\tevent=102\tinoutstatus=0\tverifytype=200\tindex=%d\r\n", now(), next()), oneOf("OK")))
			})
		}},
		{name: "opens by order 远程开门", do: u.opened},
		{name: "starts anew by order 重启", do: u.rebooted},
	}, u.leaves(func() { stop(); loop.Wait() }), nil
}

// liveHikvision is an access controller that pushes events and takes orders by ISAPI.
func liveHikvision(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	const user, password = "admin", "played-password-1"
	door := simulator.NewHikvision(user, password, "MD5")
	address, stop, err := serve(door)
	if err != nil {
		return nil, nil, err
	}
	u, err := s.register(ctx, "hikvision", map[string]any{"address": address, "username": user, "password": password})
	called := err == nil
	if !called { // where the server calls no devices here
		u, err = s.register(ctx, "hikvision", nil)
	}
	if err != nil {
		stop()
		return nil, nil, err
	}
	next := s.numbered()
	event := func(inner string) []byte {
		return fmt.Appendf(nil, `{"ipAddress":"192.0.2.7","dateTime":"%s","eventType":"AccessControllerEvent","eventState":"active","AccessControllerEvent":{"majorEventType":%s}}`,
			s.clock.Now().In(zone).Format(time.RFC3339), inner)
	}
	acts := []act{
		{name: "is there 心跳", beat: true, do: func(ctx context.Context) (string, error) {
			return u.pushed(ctx, push{contentType: jsonType, understood: ok(), body: fmt.Appendf(nil, `{"eventType":"heartBeat","eventState":"active","dateTime":"%s"}`, s.clock.Now().In(zone).Format(time.RFC3339))})
		}},
		{name: "asks for a code 远程核验", do: func(ctx context.Context) (string, error) {
			return u.passes(ctx, func() (string, error) {
				n := next()
				return u.pushed(ctx, push{contentType: jsonType, body: event(fmt.Sprintf(`5,"subEventType":156,"remoteCheck":true,"currentEvent":true,"serialNo":%d,"QRCodeInfo":"%s-%d"`, n, nobody, n)),
					understood: func(status int, body []byte) error {
						if err := checked(fmt.Sprint(n))(status, body); err != nil {
							return err
						}
						return ok(`"checkResult":"failed"`)(status, body)
					}})
			})
		}},
		{name: "raises an alarm 防拆报警", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "alarm", "raised", func() (string, error) {
				// 1028 is 0x404, a tamper contact.
				return u.pushed(ctx, push{contentType: jsonType, understood: ok(), body: event(fmt.Sprintf(`1,"subEventType":1028,"currentEvent":true,"serialNo":%d`, next()))})
			})
		}},
	}
	if called {
		acts = append(acts, act{name: "opens by order 远程开门", do: func(ctx context.Context) (string, error) {
			before := len(door.Orders())
			said, err := u.opened(ctx)
			if err == nil && len(door.Orders()) == before {
				err = fmt.Errorf("no order came")
			}
			return said, err
		}}, act{name: "starts anew by order 重启", do: u.rebooted})
	}
	return acts, u.leaves(stop), nil
}

// serve opens a port of this machine for a device that is called.
func serve(h http.Handler) (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }() // until it is closed
	return "http://" + l.Addr().String(), func() { _ = server.Close() }, nil
}

// liveVGuangBroker is a reader on the broker.
func liveVGuangBroker(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	serial := s.serial("played")
	u, err := s.register(ctx, "vguang-mqtt", map[string]any{"serial": serial})
	if err != nil {
		return nil, nil, err
	}
	orders := "access_device/v1/cmd/" + serial + "/"
	heard, client, err := u.online(ctx, "access_device/v1/event/"+serial+"/+", orders+"#")
	if err != nil {
		u.revoke(ctx)
		return nil, nil, err
	}
	next := s.numbered()
	envelope := func(data any, n int64) ([]byte, error) {
		return json.Marshal(map[string]any{"serialNo": fmt.Sprint(n), "uuid": serial, "sign": "", "data": data, "time": s.clock.Now().Unix()})
	}
	publish := func(ctx context.Context, topic string, body []byte) error {
		_, err := client.Publish(ctx, &paho.Publish{Topic: "access_device/v1/" + topic, QoS: 1, Payload: body})
		return err
	}
	// Orders are answered at once; answers go on to whoever waits for one.
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	answers := make(chan *paho.Publish, 64)
	var loop sync.WaitGroup
	loop.Go(func() {
		for {
			select {
			case <-listening.Done():
				return
			case p := <-heard:
				var order struct {
					SerialNo string          `json:"serialNo"`
					Data     json.RawMessage `json:"data"`
				}
				if p.Topic == orders+"control" && json.Unmarshal(p.Payload, &order) == nil {
					if body, err := json.Marshal(map[string]any{"serialNo": order.SerialNo, "uuid": serial, "sign": "", "code": "000000", "data": order.Data, "time": s.clock.Now().Unix()}); err == nil {
						_ = publish(listening, "cmd/control_reply", body) // a lost one the server takes for no answer
					}
					continue
				}
				select {
				case answers <- p:
				default: // nobody waits
				}
			}
		}
	})
	tell := func(ctx context.Context, event string, data any, answered bool) (string, error) {
		n := next()
		body, err := envelope(data, n)
		if err == nil {
			err = publish(ctx, "event/"+event, body)
		}
		if err != nil || !answered {
			return "published", err
		}
		said, err := replyTo(ctx, answers, "access_device/v1/event/"+serial+"/"+event+"_reply", fmt.Sprint(n))
		return quoted(said), err
	}
	return []act{
		{name: "connects 上线", once: true, do: func(ctx context.Context) (string, error) {
			return tell(ctx, "connect", map[string]any{"sysVersion": "played"}, true)
		}},
		{name: "is there 心跳", beat: true, do: func(ctx context.Context) (string, error) { return tell(ctx, "heartbeat", map[string]any{}, false) }},
		{name: "asks for a code 在线核验", do: func(ctx context.Context) (string, error) {
			return u.passes(ctx, func() (string, error) {
				said, err := tell(ctx, "access_online", map[string]any{"id": "-1", "type": 100, "code": fmt.Sprintf("%s-%d", nobody, next()), "time": s.clock.Now().Unix(), "result": 0}, true)
				if err == nil && !strings.Contains(said, "100000") {
					err = fmt.Errorf("the reader wants 100000 for a stranger")
				}
				return said, err
			})
		}},
		{name: "uploads a record 离线记录", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "code", "admitted", func() (string, error) {
				return tell(ctx, "access", []any{map[string]any{"id": fmt.Sprint(next()), "type": 200, "code": "1", "time": s.clock.Now().Unix(), "result": 1}}, true)
			})
		}},
		{name: "opens by order 远程开门", do: u.opened},
		{name: "says something by order 远程喊话", do: u.spoken},
		{name: "starts anew by order 重启", do: u.rebooted},
	}, u.leaves(func() { stop(); loop.Wait(); _ = client.Disconnect(&paho.Disconnect{}) }), nil
}
