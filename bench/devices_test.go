//go:build bench

package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"communitypass.cn/communitypass/device/gb28181"
	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"

	"github.com/gin-gonic/gin"
)

const (
	deviceRounds      = 3
	deviceConnections = 64
	deviceEvents      = 2000
	// sipID is who the server is among cameras.
	sipID = "34020000002000000001"
)

// TestDevices is how many events a second the server takes of each protocol, stored
// before they are acknowledged, against a bare gin that stores a row of an event for each
// body, in a transaction of its own. Every event is a new one, and what is asked is
// answered.
func TestDevices(t *testing.T) {
	onDatabases(t, func(t *testing.T, name string) {
		r := newRig(t, 1, func(cfg *house.Config) {
			cfg.MQTT = house.MQTT{Embedded: true}
			cfg.SIP = &gb28181.Config{ID: sipID, Domain: sipID[:10]}
		})
		addr, floor := site(t, r.server.Devices), site(t, r.eventFloor(t))
		var spoken []speaker
		for _, said := range pushed {
			spoken = append(spoken, speaker{said.protocol, r.pusher(t, addr, said)})
		}
		spoken = append(spoken, r.reader(t), r.panel(t), r.camera(t))
		for _, s := range spoken {
			var ratios, ours, bare []float64
			for round := -1; round < deviceRounds; round++ {
				rate := s.speak(t, deviceEvents)
				beside := shoot(t, floor, deviceConnections, r.bareEvents(deviceEvents), "ok").perSecond
				if round >= 0 { // the first one warms up
					ours, bare, ratios = append(ours, rate), append(bare, beside), append(ratios, rate/beside)
				}
			}
			target, meets := atLeast(0.5)
			publish(figure{"device-" + s.protocol + "/floor@" + name, ratios, target, meets, fmt.Sprintf("%.4g/s to %.4g/s", median(ours), median(bare))})
		}
	})
}

// speaker is one protocol: it says n new events, waits for what the device waits for, and
// gives how many that were a second.
type speaker struct {
	protocol string
	speak    func(t *testing.T, n int) float64
}

// pushedEvent is an event of a protocol that is pushed by HTTP.
type pushedEvent struct {
	protocol, serial, path, contentType string
	// body makes the n-th event, which happened at a time.
	body func(n int, at time.Time) string
	want string
}

// beijing is the zone of devices that tell local times.
var beijing = time.FixedZone("UTC+8", 8*60*60)

const asJSON = "application/json"

var pushed = []pushedEvent{
	{protocol: "vguang", contentType: "text/html", want: "code=0001", body: func(n int, _ time.Time) string {
		return fmt.Sprintf("vgdecoderesult=NOBODY-%d&&devicenumber=1", n)
	}},
	{protocol: "hikvision", contentType: asJSON, body: func(n int, at time.Time) string {
		return fmt.Sprintf(`{"ipAddress":"192.0.2.7","dateTime":"%s","eventType":"AccessControllerEvent","eventState":"active","AccessControllerEvent":{"majorEventType":5,"subEventType":75,"currentEvent":true,"serialNo":%d}}`,
			at.In(beijing).Format(time.RFC3339), n)
	}},
	{protocol: "zkteco", serial: "BENCH1", path: "/cdata?SN=BENCH1&table=rtlog", contentType: "application/push;charset=UTF-8", want: "OK", body: func(n int, at time.Time) string {
		return fmt.Sprintf("time=%s\tpin=1\tcardno=1\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=4\tindex=%d\r\n", at.In(beijing).Format(time.DateTime), n)
	}},
	{protocol: "sensetime", contentType: asJSON, want: `"code":200`, body: func(n int, at time.Time) string {
		return fmt.Sprintf(`{"type":0,"data":{"deviceSN":"BENCH","entry_mode":1,"uuid":"bench-%d","pass":true,"bodyTemperature":36.4,"timestamp":%d}}`, n, at.Unix())
	}},
	{protocol: "dahua", contentType: asJSON, want: `"code":0`, body: func(n int, at time.Time) string {
		return fmt.Sprintf(`{"Action":"Pulse","Code":"AccessControl","Index":0,"Data":{"RecNo":%[1]d,"UTC":%[2]d,"RealUTC":%[2]d,"Method":2,"Status":1,"Type":"Entry"}}`, n, at.Unix())
	}},
	{protocol: "uniview", serial: "BENCH", path: "/LAPI/V1.0/PACS/Controller/Event/Notifications", contentType: asJSON, want: `"RecordID":`, body: func(n int, at time.Time) string {
		return fmt.Sprintf(`{"Reference":"bench","Seq":%d,"DeviceCode":"BENCH","Timestamp":%d,"NotificationType":0,"LibMatInfoList":[{"MatchStatus":1}]}`, n, at.Unix())
	}},
	{protocol: "isecure", contentType: asJSON, want: `"code":"0"`, body: func(n int, at time.Time) string {
		return fmt.Sprintf(`{"method":"OnEventNotify","params":{"ability":"event_fire","sendTime":"%[2]s","events":[{"eventId":"BENCH%[1]d","eventType":254104,"happenTime":"%[2]s","srcIndex":"bench","srcType":"sensor","status":1}]}}`,
			n, at.In(beijing).Format("2006-01-02T15:04:05.000-07:00"))
	}},
	{protocol: "vzenith", serial: "bench-1", contentType: asJSON, want: "Response_AlarmInfoPlate", body: func(n int, at time.Time) string {
		return fmt.Sprintf(`{"AlarmInfoPlate":{"channel":0,"serialno":"bench-1","result":{"PlateResult":{"license":"京A·B%04d","plateid":%d,"isoffline":0,"direction":1,"confidence":96,"timeStamp":{"Timeval":{"sec":%d,"usec":0}}}}}}`,
			n%10000, n, at.Unix())
	}},
	{protocol: "cap", contentType: "application/cap+xml", want: `"accepted":true`, body: func(n int, at time.Time) string {
		return fmt.Sprintf(`<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>bench-%d</identifier><sender>bench@weather.example</sender><sent>%s</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language><category>Met</category><event>大风蓝色预警</event><urgency>Expected</urgency><severity>Moderate</severity><certainty>Likely</certainty><area><areaDesc>望江街道</areaDesc></area></info></alert>`,
			n, at.In(beijing).Format(time.RFC3339))
	}},
}

// pusher is a device that pushes over kept connections.
func (r *rig) pusher(t *testing.T, addr string, said pushedEvent) func(*testing.T, int) float64 {
	t.Helper()
	made := r.vendor(t, service.NewVendorDevice{Protocol: said.protocol, Serial: said.serial})
	path, told := made.Path+said.path, 0
	if said.protocol == model.ProtocolZKTeco {
		path = "/iclock" + said.path
	}
	return func(t *testing.T, n int) float64 {
		requests := make([][]byte, n)
		for i := range requests {
			told++
			requests[i] = rawPush(path, said.contentType, said.body(told, r.Clock.Now()))
		}
		return shoot(t, addr, deviceConnections, requests, said.want).perSecond
	}
}

// vendor makes a device known at the entrance.
func (r *rig) vendor(t *testing.T, in service.NewVendorDevice) service.Registered {
	t.Helper()
	in.GateID, in.Name = r.Garden.Entrance.ID, in.Protocol
	made, err := r.server.Services.Devices.Register(t.Context(), r.Manager(r.Garden), r.Garden.ID, in)
	if err != nil {
		t.Fatalf("%s: %v", in.Protocol, err)
	}
	return made
}

func rawPush(path, contentType, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", path, contentType, len(body), body)
}

// eventFloor stores a row for each body and knows nothing of it.
func (r *rig) eventFloor(t *testing.T) http.Handler {
	made := r.vendor(t, service.NewVendorDevice{Protocol: "sensetime"})
	engine := gin.New()
	engine.POST("/event", func(c *gin.Context) {
		body, err := c.GetRawData()
		if err == nil {
			err = r.Store.Update(c.Request.Context(), func(tx *store.Tx) error { return tx.CreateDeviceEvent(r.bareEvent(made.Device.ID, string(body))) })
		}
		if err != nil {
			c.AbortWithStatus(http.StatusServiceUnavailable)
			return
		}
		c.String(http.StatusOK, "ok")
	})
	return engine
}

// bareEvent is a row as a device's event leaves it.
func (r *rig) bareEvent(deviceID, key string) model.DeviceEvent {
	now := r.Clock.Now()
	return model.DeviceEvent{ID: model.NewID(now), CommunityID: r.Garden.ID, DeviceID: deviceID, GateID: r.Garden.Entrance.ID, Kind: model.DeviceCode,
		State: model.DeviceAdmitted, Key: key, ReceivedAt: model.Millis(now), DeviceAt: model.Millis(now)}
}

func (r *rig) bareEvents(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		r.scans++
		out[i] = rawPush("/event", "text/plain", fmt.Sprintf("bare-%d", r.scans))
	}
	return out
}

// alongside runs what serves a socket until the test ends.
func alongside(t *testing.T, serve func(ctx context.Context)) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); serve(ctx) }()
	t.Cleanup(func() { stop(); <-done })
}

// socket is a free port of this machine.
func socket(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
