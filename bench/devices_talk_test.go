//go:build bench

package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/conformance"
	"communitypass.cn/communitypass/service"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"
)

const (
	// talkers is how many devices of a protocol speak at once that keep a connection.
	talkers = 16
	// patience is how long a device waits for its answer.
	patience = 30 * time.Second
)

// together has n events told by talkers in turn, and gives how many that were a second.
func together(t *testing.T, n int, tell func(talker, event int) error) float64 {
	t.Helper()
	var all sync.WaitGroup
	errs := make([]error, talkers)
	began := time.Now()
	for i := range talkers {
		all.Go(func() {
			for event := i; event < n && errs[i] == nil; event += talkers {
				errs[i] = tell(i, event)
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return float64(n) / took.Seconds()
}

// reader are readers on the embedded broker, each with records to upload, one at a time.
func (r *rig) reader(t *testing.T) speaker {
	t.Helper()
	l := socket(t)
	alongside(t, func(ctx context.Context) {
		if err := r.server.Broker.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	type unit struct {
		mqtt3.Client
		serial  string
		replies chan mqtt3.Message
	}
	units := make([]unit, talkers)
	for i := range units {
		u := unit{serial: fmt.Sprintf("bench%02d", i), replies: make(chan mqtt3.Message, 16)}
		made := r.vendor(t, service.NewVendorDevice{Protocol: "vguang-mqtt", Serial: u.serial})
		u.Client = onBroker(t, l.Addr().String(), made)
		done(t, u.Subscribe("access_device/v1/event/"+u.serial+"/+", 1, func(_ mqtt3.Client, m mqtt3.Message) { u.replies <- m }))
		units[i] = u
	}
	told := 0
	return speaker{"vguang-mqtt", func(t *testing.T, n int) float64 {
		first := told
		told += n
		return together(t, n, func(talker, event int) error {
			u, number := units[talker], first+event
			body, err := json.Marshal(map[string]any{"serialNo": fmt.Sprint(number), "uuid": u.serial, "sign": "", "time": r.Clock.Now().Unix(),
				"data": []any{map[string]any{"id": fmt.Sprint(number), "type": 200, "code": "1", "time": r.Clock.Now().Unix(), "result": 1}}})
			if err != nil {
				return err
			}
			if token := u.Publish("access_device/v1/event/access", 1, false, body); !token.WaitTimeout(patience) || token.Error() != nil {
				return fmt.Errorf("not published: %w", token.Error())
			}
			select {
			case m := <-u.replies:
				if !strings.Contains(string(m.Payload()), `"000000"`) {
					return errors.New("refused")
				}
				return nil
			case <-time.After(patience):
				return errors.New("no reply")
			}
		})
	}}
}

// onBroker is a registered device at a broker.
func onBroker(t *testing.T, addr string, made service.Registered) mqtt3.Client {
	t.Helper()
	c := mqtt3.NewClient(mqtt3.NewClientOptions().AddBroker("tcp://" + addr).SetUsername(made.Login.Username).
		SetPassword(made.Login.Password).SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(patience))
	done(t, c.Connect())
	t.Cleanup(func() { c.Disconnect(10) })
	return c
}

func done(t *testing.T, token mqtt3.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatal("not done: ", token.Error())
	}
}

// panel are alarm panels on TCP, each with a connection of its own.
func (r *rig) panel(t *testing.T) speaker {
	t.Helper()
	l := socket(t)
	datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	alongside(t, func(ctx context.Context) { r.server.SIA.Serve(ctx, l, datagrams) })
	type unit struct {
		net.Conn
		in      *bufio.Reader
		account string
	}
	units := make([]unit, talkers)
	for i := range units {
		u := unit{account: fmt.Sprintf("BE%04X", i)}
		r.vendor(t, service.NewVendorDevice{Protocol: "sia", Serial: u.account})
		if u.Conn, err = net.Dial("tcp", l.Addr().String()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = u.Close() })
		u.in = bufio.NewReader(u.Conn)
		units[i] = u
	}
	told := 0
	return speaker{"sia", func(t *testing.T, n int) float64 {
		first := told
		told += n
		return together(t, n, func(talker, event int) error {
			u, number := units[talker], (first+event)/talkers
			body := fmt.Sprintf(`"SIA-DCS"%04dL0#%s[#%s|Nri1/BA%03d]%s`, number%9999+1, u.account, u.account, number%1000, r.Clock.Now().UTC().Format("_15:04:05,01-02-2006"))
			if _, err := u.Write([]byte(conformance.PacketSIA(body))); err != nil {
				return err
			}
			answer, err := u.in.ReadString('\r')
			if err == nil && !strings.Contains(answer, `"ACK"`) {
				err = fmt.Errorf("answered %q", answer)
			}
			return err
		})
	}}
}

// camera are cameras that say alarms, each until the platform has told it of its own
// accord that it took them.
func (r *rig) camera(t *testing.T) speaker {
	t.Helper()
	const password = "bench-password-1"
	l := socket(t)
	datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	alongside(t, func(ctx context.Context) { r.server.SIP.Serve(ctx, l, datagrams) })
	units := make([]*conformance.Camera, talkers)
	for i := range units {
		id := fmt.Sprintf("3402000000132%07d", i+1)
		r.vendor(t, service.NewVendorDevice{Protocol: "gb28181", Serial: id, Secret: password})
		if units[i], err = conformance.NewCamera(id, password, sipID, datagrams.LocalAddr().String()); err == nil {
			t.Cleanup(units[i].Close)
			err = units[i].Register(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	told := 0
	return speaker{"gb28181", func(t *testing.T, n int) float64 {
		first := told
		told += n
		return together(t, n, func(talker, event int) error {
			number := fmt.Sprint(first + event + 1)
			return units[talker].Alarm(t.Context(), number, fmt.Appendf(nil, "<?xml version=\"1.0\"?>\n<Notify><CmdType>Alarm</CmdType><SN>%s</SN><DeviceID>3402000000132%07d</DeviceID><AlarmPriority>1</AlarmPriority><AlarmMethod>5</AlarmMethod><AlarmTime>%s</AlarmTime></Notify>",
				number, talker+1, r.Clock.Now().In(beijing).Format("2006-01-02T15:04:05")))
		})
	}}
}
