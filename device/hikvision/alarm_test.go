package hikvision_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/model"
)

// post is one post of a camera, seconds after noon.
func post(kind, state string, posts, after int, more string) device.Request {
	at := noon.Add(time.Duration(after) * time.Second)
	r := request(fmt.Sprintf("<EventNotificationAlert><channelID>1</channelID><dateTime>%s</dateTime><activePostCount>%d</activePostCount><eventType>%s</eventType><eventState>%s</eventState>%s</EventNotificationAlert>",
		at.Format(time.RFC3339), posts, kind, state, more))
	r.At = at
	return r
}

func TestAlarms(t *testing.T) {
	const region = "<DetectionRegionList><DetectionRegionEntry><regionID>3</regionID></DetectionRegionEntry></DetectionRegionList>"
	for name, c := range map[string]struct {
		r     device.Request
		kind  model.DeviceEventKind
		state string
		want  map[string]string
	}{
		"an input":         {post("IO", "active", 1, 0, "<inputIOPortID>2</inputIOPortID>"), model.DeviceAlarm, "raised", map[string]string{"what": "input", "input": "2", "channel": "1"}},
		"an input over":    {post("IO", "inactive", 1, 0, "<inputIOPortID>2</inputIOPortID>"), model.DeviceAlarm, "cleared", map[string]string{"what": "input", "input": "2", "channel": "1"}},
		"a region":         {post("fielddetection", "active", 1, 0, region), model.DeviceAlarm, "raised", map[string]string{"what": "intrusion", "region": "3", "channel": "1"}},
		"a recorder":       {post("VMD", "active", 1, 0, "<dynChannelID>5</dynChannelID>"), model.DeviceAlarm, "raised", map[string]string{"what": "motion", "channel": "5"}},
		"a covered lens":   {post("shelteralarm", "active", 1, 0, ""), model.DeviceAlarm, "raised", map[string]string{"what": "tamper", "channel": "1"}},
		"a full disk":      {post("diskfull", "active", 1, 0, ""), model.DeviceAlarm, "raised", map[string]string{"what": "disk_full", "channel": "1"}},
		"a lost picture":   {post("videoloss", "active", 1, 0, ""), model.DeviceAlarm, "raised", map[string]string{"what": "video_lost", "channel": "1"}},
		"what has no word": {post("newThing", "active", 1, 0, ""), model.DeviceUnknown, "raised", map[string]string{"channel": "1"}},
	} {
		e := only(t, c.r)
		if e.Kind != c.kind || e.State != c.state || fmt.Sprint(e.Detail) != fmt.Sprint(c.want) || e.Native == "" || e.Key == "" {
			t.Errorf("%s: %s %s %s %v", name, e.Kind, e.State, e.Native, e.Detail)
		}
	}
}

// What follows one another tells how many events it is.
func TestAlarmsThatAreRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		posts []device.Request
		want  int
	}{
		"one alarm that lasts":         {[]device.Request{post("VMD", "active", 1, 0, ""), post("VMD", "active", 2, 1, ""), post("VMD", "active", 3, 29, ""), post("VMD", "active", 4, 58, "")}, 1},
		"one that never counts":        {[]device.Request{post("VMD", "active", 1, 0, ""), post("VMD", "active", 1, 1, ""), post("VMD", "active", 1, 2, "")}, 1},
		"sent again":                   {[]device.Request{post("VMD", "active", 1, 0, ""), post("VMD", "active", 2, 3, ""), post("VMD", "active", 1, 0, "")}, 1},
		"silence of thirty seconds":    {[]device.Request{post("VMD", "active", 1, 0, ""), post("VMD", "active", 2, 30, "")}, 1},
		"silence of thirty-one":        {[]device.Request{post("VMD", "active", 1, 0, ""), post("VMD", "active", 2, 31, "")}, 2},
		"counted from one again":       {[]device.Request{post("VMD", "active", 1, 0, ""), post("VMD", "active", 2, 2, ""), post("VMD", "active", 1, 9, "")}, 2},
		"raised, cleared":              {[]device.Request{post("VMD", "active", 1, 0, ""), post("VMD", "inactive", 0, 5, ""), post("VMD", "inactive", 0, 15, ""), post("VMD", "inactive", 0, 250, "")}, 2},
		"raised, cleared, raised":      {[]device.Request{post("VMD", "active", 1, 0, ""), post("VMD", "inactive", 0, 5, ""), post("VMD", "active", 1, 6, "")}, 3},
		"two inputs":                   {[]device.Request{post("IO", "active", 1, 0, "<inputIOPortID>1</inputIOPortID>"), post("IO", "active", 1, 0, "<inputIOPortID>2</inputIOPortID>")}, 2},
		"two cameras of a recorder":    {[]device.Request{post("VMD", "active", 1, 0, "<dynChannelID>1</dynChannelID>"), post("VMD", "active", 1, 0, "<dynChannelID>2</dynChannelID>")}, 2},
		"heartbeats":                   {[]device.Request{post("videoloss", "inactive", 0, 0, ""), post("videoloss", "inactive", 0, 10, ""), post("heartBeat", "active", 0, 20, "")}, 0},
		"a lost picture that is back":  {[]device.Request{post("videoloss", "active", 1, 0, ""), post("videoloss", "inactive", 0, 5, ""), post("videoloss", "inactive", 0, 15, ""), post("videoloss", "inactive", 0, 100, "")}, 2},
		"a device that does not count": {[]device.Request{request(`{"eventType":"IO","eventState":"active"}`), request(`{"eventType":"IO","eventState":"active"}`)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d, keys := hikvision.New(), map[string]bool{}
			for _, r := range c.posts {
				for _, e := range reads(t, d, r).Events {
					keys[e.Key] = true
				}
			}
			if len(keys) != c.want {
				t.Errorf("%d events, want %d: %v", len(keys), c.want, keys)
			}
		})
	}
}

func TestAlarmsOfTwoDevicesAreTwo(t *testing.T) {
	d := hikvision.New()
	first := post("VMD", "active", 1, 0, "")
	second := post("VMD", "active", 2, 20, "")
	second.Device = "D2"
	if a, b := reads(t, d, first).Events[0], reads(t, d, second).Events[0]; a.Key == b.Key {
		t.Error("the alarm of one device is held for another's")
	}
}

func TestAlarmsAreReadAtOnce(t *testing.T) {
	d := hikvision.New()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 400 {
				if _, err := d.Read(post("VMD", "active", 1, i, fmt.Sprintf("<inputIOPortID>%d</inputIOPortID>", n*400+i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestPlates(t *testing.T) {
	for told, want := range map[string]string{
		"粤B12345": "粤B12345", "粤b12345": "粤B12345", "粤B·12345": "粤B12345", "京AD12345": "京AD12345", "Ｂ１２３ＡＢ": "B123AB",
		"WX1234A": "WX1234A", " 粤B 12345 ": "粤B12345", "蓝粤B12345": "粤B12345", "粤B1234学": "粤B1234学", "使014578": "使014578",
		"unknown": "", "无牌": "", "_无_": "", "车牌": "", "": "", "无车牌": "", "noPlate": "", strings.Repeat("A", 13): "", "?": "",
	} {
		if got := model.SeenPlate(told); got != want {
			t.Errorf("%q is %q", told, got)
		}
	}
}

func TestVehicles(t *testing.T) {
	const body = `<ns1:EventNotificationAlert xmlns:ns1="urn:x"><ns1:dateTime>2026-11-22T12:00:00.847+08:00</ns1:dateTime><ns1:eventType>ANPR</ns1:eventType><ns1:UUID>U1</ns1:UUID>
<ns1:ANPR><ns1:licensePlate>沪AD12345</ns1:licensePlate><ns1:confidenceLevel>98</ns1:confidenceLevel><ns1:direction>forward</ns1:direction></ns1:ANPR></ns1:EventNotificationAlert>`
	e := only(t, request(body))
	if e.Kind != model.DevicePlate || e.Plate != "沪AD12345" || e.Direction != "" || e.Detail["confidence"] != "98" || e.Detail["driven"] != "forward" || !e.Live || !e.Commanded {
		t.Errorf("%s %q %v", e.Kind, e.Plate, e.Detail)
	}
	for what, late := range map[string]string{"kept for an hour": strings.Replace(body, "T12:00:00", "T11:00:00", 1), "sent again": strings.Replace(body, "<ns1:ANPR>", "<ns1:isDataRetransmission>true</ns1:isDataRetransmission><ns1:ANPR>", 1),
		"of no time": strings.Replace(body, "ns1:dateTime", "ns1:when", 2)} {
		if e := only(t, request(late)); e.Live || e.Commanded {
			t.Errorf("a vehicle %s asks", what)
		}
	}
	if strings.Contains(e.Key, "12345") {
		t.Error("the key tells the plate")
	}
	if only(t, request(body)).Key != e.Key || only(t, request(strings.Replace(body, "00.847", "00.848", 1))).Key == e.Key {
		t.Error("keys do not tell vehicles apart")
	}
	if e := only(t, request(strings.Replace(body, "沪AD12345", "unknown", 1))); e.Kind != model.DevicePlate || e.Plate != "" {
		t.Errorf("a vehicle without a plate is %s %q", e.Kind, e.Plate)
	}
}
