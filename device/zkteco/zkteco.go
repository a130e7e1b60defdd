// Package zkteco reads the security PUSH dialect of ZKTeco 熵基 controllers and
// terminals (push 3.1.2, specification V4.8). The device always calls us, below the
// fixed root /iclock, and names itself by its serial number alone.
package zkteco

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// Root is where every device of this kind calls; it cannot be told another.
const Root = "/iclock"

// Dialect is the security PUSH dialect.
type Dialect struct{}

// Read takes a request apart by its path below the Root. Whatever is stored is
// answered "OK", whatever is not is answered without that word, and sent again.
func (d Dialect) Read(r device.Request) (device.Message, error) {
	serial := r.Query.Get("SN")
	if serial == "" || serial != device.Word(serial) {
		return device.Message{}, device.Refuse("no_serial", http.StatusBadRequest)
	}
	what, _ := strings.CutPrefix(r.Path, Root)
	switch r.Method + " " + what {
	case "GET /cdata":
		if attends(r) {
			return told(serial, options(serial)), nil
		}
		return told(serial, "OK"), nil // which makes it register
	case "GET /ping":
		return told(serial, "OK"), nil
	case "GET /getrequest":
		m := told(serial, "OK")
		m.Order, m.Software = order, firmwareOf(r.Query.Get("INFO"))
		return m, nil
	case "POST /devicecmd":
		return outcomes(r, serial)
	case "POST /registry":
		m := told(serial, "RegistryCode="+derived("registry", serial))
		m.Software = firmware(r.Body)
		return m, nil
	case "POST /push", "GET /push":
		return told(serial, parameters(serial)), nil
	case "GET /rtdata":
		if what := r.Query.Get("type"); what != "" && what != "time" {
			return device.Message{}, device.Refuse("address", http.StatusNotFound)
		}
		return told(serial, fmt.Sprintf("DateTime=%d,ServerTZ=+0800", encodeTime(r.At.UTC()))), nil
	case "POST /cdata":
		return d.data(r, serial)
	}
	return device.Message{}, device.Refuse("address", http.StatusNotFound)
}

func (d Dialect) data(r device.Request, serial string) (device.Message, error) {
	if r.Query.Get("AuthType") != "" {
		return question(r, serial)
	}
	switch r.Query.Get("table") {
	case "rtlog":
		m, err := records(r, serial, "OK")
		for _, e := range m.Events {
			m.Clock = max(m.Clock, e.DeviceAt) // told as it happens
		}
		return m, err
	case "ATTLOG":
		return attendance(r, serial)
	case "OPERLOG":
		return told(serial, "OK"), nil // people and fingers: nothing is read
	case "rtstate":
		return state(r, serial)
	case "tabledata":
		return table(r, serial)
	case "options":
		return told(serial, "OK"), nil // what the device can do; there are passwords among it
	}
	return device.Message{}, device.Refuse("table", http.StatusBadRequest)
}

// table is what the device had kept: records of passages; of anything else, which is
// people and their faces and fingers, nothing is read.
func table(r device.Request, serial string) (device.Message, error) {
	name := device.Word(r.Query.Get("tablename"))
	lines, err := split(r.Body)
	if err != nil {
		return device.Message{}, err
	}
	heard := fmt.Sprintf("%s=%d", name, len(lines))
	switch name {
	case "":
		return device.Message{}, device.Refuse("table", http.StatusBadRequest)
	case "transaction":
		return records(r, serial, heard)
	}
	return told(serial, heard), nil
}

func records(r device.Request, serial, heard string) (device.Message, error) {
	lines, err := split(r.Body)
	if err != nil {
		return device.Message{}, err
	}
	m := told(serial, heard)
	for _, line := range lines {
		f := fieldsOf(strings.TrimPrefix(line, "transaction "))
		if f["event"] == "" && f["eventtype"] == "" {
			return device.Message{}, device.Refuse("no_event", http.StatusBadRequest)
		}
		m.Events = append(m.Events, record(f))
	}
	return m, nil
}

// told is the answer to what needs no decision.
func told(serial, text string) device.Message {
	busy := device.Text("busy")
	busy.Status = http.StatusServiceUnavailable
	return device.Message{Serial: serial, Reply: func([]model.DeviceAnswer) device.Response { return device.Text(text) }, Busy: busy}
}

// derived is a word for a device that is always the same, so that no replica must
// remember it. It is no secret, and what the device signs with it is not checked: it
// travels in clear.
func derived(purpose, serial string) string {
	sum := sha256.Sum256([]byte("communitypass zkteco " + purpose + "\x00" + serial))
	return hex.EncodeToString(sum[:16])
}

// requestDelay is how often, in seconds, the device asks what it is to do: a command
// lives for five.
const requestDelay = "2"

// parameters are how the device is to send: at once, and of its tables only the
// passages.
func parameters(serial string) string {
	return strings.Join([]string{"ServerVersion=3.1.2", "ServerName=CommunityPass", "PushVersion=3.1.2", "ErrorDelay=60", "RequestDelay=" + requestDelay,
		"TransTimes=00:00;14:00", "TransInterval=1", "TransTables=Transaction", "Realtime=1", "SessionID=" + derived("session", serial), "TimeoutSec=10", "IRTempUnitTrans=0"}, "\n") + "\n"
}

// encodeTime counts seconds as the device does: every month has 31 days.
func encodeTime(t time.Time) int64 {
	days := int64((t.Year()-2000)*12*31 + (int(t.Month())-1)*31 + t.Day() - 1)
	return days*24*60*60 + int64(t.Hour()*60*60+t.Minute()*60+t.Second())
}

// decodeTime is the reverse, in the device's zone, in Unix milliseconds; 0 for what
// is no day.
func decodeTime(seconds int64) int64 {
	if seconds <= 0 || seconds > 1<<32 {
		return 0
	}
	days := int(seconds / (24 * 60 * 60))
	t := time.Date(2000+days/31/12, time.Month(days/31%12+1), days%31+1, 0, 0, int(seconds%(24*60*60)), 0, device.Zone)
	if t.Day() != days%31+1 {
		return 0
	}
	return device.Moment(t.UnixMilli())
}
