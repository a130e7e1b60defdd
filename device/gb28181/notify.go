package gb28181

import (
	"cmp"
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// notify is a MANSCDP message, of which alarms, keep-alives and catalogues are understood.
// Where the type of an alarm is differs from maker to maker.
type notify struct {
	XMLName       xml.Name
	CmdType       string
	SN            string
	DeviceID      string
	Status        string
	AlarmPriority string
	AlarmMethod   string
	AlarmTime     string
	AlarmType     string
	// AlarmDescription goes into the name of the event and no further: it may name
	// somebody.
	AlarmDescription string
	Info             []alarmInfo `xml:"Info"`
	SmallInfo        []alarmInfo `xml:"info"`
	// SumNum is how many items a catalogue has in all its messages.
	SumNum     string
	DeviceList struct{ Item []item }
}

type alarmInfo struct {
	AlarmType      string
	AlarmTypeParam struct{ EventType string }
}

// Commands.
const (
	commandAlarm     = "Alarm"
	commandKeepalive = "Keepalive"
)

// readNotify reads a message. Errors: device.ErrXML, ErrXMLDTD, ErrXMLCharset.
func readNotify(body []byte) (notify, error) {
	var n notify
	if err := device.ReadXML(body, &n); err != nil {
		return notify{}, err
	}
	for _, text := range []*string{&n.CmdType, &n.SN, &n.DeviceID, &n.Status, &n.AlarmPriority, &n.AlarmMethod, &n.AlarmTime, &n.AlarmType} {
		*text = strings.TrimSpace(*text)
	}
	for _, info := range append(n.Info, n.SmallInfo...) {
		n.AlarmType = cmp.Or(n.AlarmType, strings.TrimSpace(info.AlarmType))
	}
	if n.CmdType == "" && n.XMLName.Local == "Notify" && (n.AlarmMethod != "" || n.AlarmPriority != "") {
		n.CmdType = commandAlarm // some leave it out
	}
	return n, nil
}

// event is an alarm in neutral words.
func (n *notify) event(peer device.Peer) model.DeviceEvent {
	e := model.DeviceEvent{Kind: model.DeviceAlarm, State: "raised", DeviceAt: momentOf(n.AlarmTime), Detail: map[string]string{},
		Native: device.Word("gb28181." + cmp.Or(n.AlarmMethod, "0") + "." + cmp.Or(n.AlarmType, "0")),
		Key:    device.Key("alarm", n.SN, n.DeviceID, n.AlarmTime, n.AlarmMethod, n.AlarmType)}
	if n.SN == "" {
		e.Key = device.Key(e.Key, n.AlarmPriority, n.AlarmDescription)
		if n.AlarmTime == "" {
			e.Key = "" // nothing tells it from another
		}
	}
	e.Detail["what"] = cmp.Or(typeWords[n.AlarmMethod+"."+n.AlarmType], methodWords[n.AlarmMethod], "alarm")
	for name, value := range map[string]string{"priority": n.AlarmPriority, "method": n.AlarmMethod, "type": n.AlarmType, "event_type": n.eventType()} {
		if value = device.Word(value); value != "" {
			e.Detail[name] = value
		}
	}
	if n.DeviceID != "" && n.DeviceID != peer.Serial {
		e.Detail["channel"] = device.Word(n.DeviceID)
	}
	return e
}

func (n *notify) eventType() string {
	for _, info := range append(n.Info, n.SmallInfo...) {
		if t := strings.TrimSpace(info.AlarmTypeParam.EventType); t != "" {
			return t
		}
	}
	return ""
}

// methodWords say how an alarm came about where its type says nothing.
var methodWords = map[string]string{"1": "call", "2": "device", "3": "message", "4": "position", "5": "video", "6": "fault", "7": "other"}

// typeWords are what is wrong, by method and type (GB/T 28181-2016 annex A.2.5).
var typeWords = map[string]string{
	"2.1": "video_loss", "2.2": "tamper", "2.3": "disk_full", "2.4": "overheated", "2.5": "too_cold",
	"5.1": "video", "5.2": "motion", "5.3": "object_left", "5.4": "object_taken", "5.5": "line_crossed", "5.6": "intrusion",
	"5.7": "wrong_way", "5.8": "loitering", "5.9": "counting", "5.10": "crowd", "5.11": "video_fault", "5.12": "fast_movement",
	"6.1": "disk_fault", "6.2": "fan_fault",
}

// momentOf is a local time without a zone, or one with; 0 for none.
func momentOf(text string) int64 {
	for _, form := range []string{"2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.ParseInLocation(form, text, device.Zone); err == nil {
			return device.Moment(t.UnixMilli())
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return device.Moment(t.UnixMilli())
	}
	return 0
}

// response is what a platform says of an alarm once it has it.
func response(sn, deviceID string) []byte {
	return document("Response", "CmdType", commandAlarm, "SN", sn, "DeviceID", deviceID, "Result", "OK")
}

// document is a MANSCDP message of plain elements. Everything in it is ASCII, which is
// the same in GB2312.
func document(root string, pairs ...string) []byte {
	var out strings.Builder
	out.WriteString("<?xml version=\"1.0\" encoding=\"GB2312\"?>\r\n<" + root + ">\r\n")
	for i := 0; i+1 < len(pairs); i += 2 {
		out.WriteString("<" + pairs[i] + ">")
		_ = xml.EscapeText(&out, []byte(device.Word(pairs[i+1]))) // a builder takes everything
		out.WriteString("</" + pairs[i] + ">\r\n")
	}
	out.WriteString("</" + root + ">\r\n")
	return []byte(out.String())
}

// whole is a datagram whose Content-Length says what is in it: makers count characters
// where bytes are meant, and a datagram needs no counting.
func whole(datagram []byte) []byte {
	end := strings.Index(string(datagram), "\r\n\r\n")
	if end < 0 {
		return datagram
	}
	place := contentLength.FindSubmatchIndex(datagram[:end+2])
	if place == nil {
		return datagram
	}
	length := strconv.Itoa(len(datagram) - end - 4)
	if string(datagram[place[2]:place[3]]) == length {
		return datagram
	}
	out := append([]byte{}, datagram[:place[2]]...)
	return append(append(out, length...), datagram[place[3]:]...)
}
