package hikvision

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const accessEvent = "AccessControllerEvent"

const (
	// stale is how old a question may be by the device's own clock: an older one was
	// kept while the network was away, and nobody stands at the door.
	stale = 5 * time.Minute
	// longestCode is more than any code of ours.
	longestCode = 1024
)

// access is what an access controller says.
func access(r device.Request, alert *fact) model.DeviceEvent {
	acs := alert.one(accessEvent)
	if acs == nil {
		acs = alert
	}
	major, sub := acs.number("majorEventType"), acs.number("subEventType")
	at := timeOf(alert)
	if at == 0 {
		at = timeOf(acs)
	}
	e := model.DeviceEvent{DeviceAt: at, Native: nativeOf(major, sub), Detail: map[string]string{}}
	noted(e.Detail, alert, map[string]string{"channelID": "channel"})
	noted(e.Detail, acs, map[string]string{"doorNo": "door", "cardReaderNo": "reader", "cardReaderKind": "reader_kind"})
	asked := questionOf(alert) != nil
	m := meaningOf(major, sub)
	e.Kind, e.State = m.kind, m.state
	if m.what != "" {
		e.Detail["what"] = m.what
	}
	if asked || e.Kind == model.DeviceUnknown && identified(acs) {
		e.Kind = model.DeviceCode
	}
	if e.Kind == model.DeviceCode || e.Kind == model.DeviceUnknown {
		e.Code, e.TemperatureTenths = codeOf(acs), tenths(acs)
	}
	if e.Kind == model.DeviceUnknown && e.TemperatureTenths != 0 {
		e.Kind = model.DeviceReading
	}
	e.Live = asked && e.Code != "" && !replayed(r, alert, acs, at)
	e.Key = accessKey(alert, acs, &e)
	if asked {
		e.State = "" // nothing was decided by the device
	}
	return e
}

// identified reports whether an event is about somebody who showed something.
func identified(acs *fact) bool {
	return codeOf(acs) != "" || acs.word("employeeNoString", "employeeNo") != ""
}

// replayed reports whether a question is told afterwards: it must not open.
func replayed(r device.Request, alert, acs *fact, at int64) bool {
	return kept(alert) || acs.no("currentEvent") || acs.yes("isDataRetransmission") ||
		at != 0 && model.Millis(r.At)-at > stale.Milliseconds()
}

// kept reports whether an alert says itself that it is told afterwards.
func kept(alert *fact) bool {
	acs := alert.one(accessEvent)
	return alert.no("currentEvent") || alert.yes("isDataRetransmission") || acs.no("currentEvent") || acs.yes("isDataRetransmission")
}

// codeOf is the text that somebody showed: that of a QR code, else the number of a
// card, which is where some firmwares put the text (cardReaderKind 3, swipeCardType 1).
// It is empty for a face or a finger.
func codeOf(acs *fact) string {
	code := acs.word("QRCodeInfo", "cardNo")
	if strings.Trim(code, "0") == "" || len(code) > longestCode {
		return ""
	}
	return code
}

// accessKey names an event by the controller's own count and the time, for the count
// begins anew when a controller is reset. A question is also named by what was shown,
// so that no other code gets its answer.
func accessKey(alert, acs *fact, e *model.DeviceEvent) string {
	serial, front := acs.word("serialNo"), acs.word("frontSerialNo")
	if serial == "" && e.DeviceAt == 0 {
		return ""
	}
	key := []string{"acs", alert.word("deviceID"), channelOf(alert), plain(acs.word("doorNo")), plain(acs.word("cardReaderNo")),
		plain(serial), plain(front), strconv.FormatInt(e.DeviceAt, 10), e.Native}
	if questionOf(alert) != nil || serial == "" {
		key = append(key, e.Code)
	}
	sum := sha256.Sum256([]byte(strings.Join(key, "\n")))
	return "acs:" + hex.EncodeToString(sum[:20])
}

func nativeOf(major, sub int64) string {
	if major < 0 || sub < 0 {
		return accessEvent
	}
	return fmt.Sprintf("%d/0x%02x", major, sub)
}

// Between these a reading is a person's temperature, in °C.
const (
	coldest = 30
	hottest = 45
)

// tenths is the temperature in tenths of °C, 0 when it was not measured or cannot
// be a person's.
func tenths(acs *fact) int {
	told, err := strconv.ParseFloat(acs.word("currTemperature"), 64)
	if err != nil {
		return 0
	}
	switch strings.ToLower(acs.word("thermometryUnit")) {
	case "fahrenheit":
		told = (told - 32) / 1.8
	case "kelvin":
		told -= 273.15
	}
	if !(told >= coldest && told <= hottest) { // also what is no number
		return 0
	}
	return int(math.Round(told * 10))
}
