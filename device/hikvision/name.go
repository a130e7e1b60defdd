package hikvision

import (
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

// beijing is the time of a device that tells no zone.
var beijing = time.FixedZone("+08:00", 8*60*60)

// timeOf is a device's own time in Unix milliseconds, 0 when it tells none or one
// of a clock that was never set.
func timeOf(alert *fact) int64 {
	told := alert.word("dateTime", "time", "triggerTime")
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime} {
		at, err := time.ParseInLocation(layout, told, beijing)
		if err == nil && at.Year() > 2000 && at.Year() < 2100 {
			return model.Millis(at)
		}
	}
	return 0
}

// serialOf is what a device calls itself, to be held against what it was made known
// as: a MAC against its MAC, anything else against its numbers, of which one must
// fit. It is empty where the two cannot be compared, and known itself where they fit.
func serialOf(alert *fact, known string) string {
	if known == "" {
		return ""
	}
	if mac := folded(known); isMAC(known) {
		told := alert.word("macAddress")
		if folded(told) == mac {
			return known
		}
		return told
	}
	var first string
	for _, told := range []string{alert.word("deviceUUID"), alert.word("deviceSerialNumber", "serialNumber"),
		alert.one("Extensions").word("serialNumber"), alert.word("deviceID")} {
		if told != "" && fits(folded(told), folded(known)) {
			return known
		}
		if first == "" {
			first = told
		}
	}
	return first
}

// shortSerial is how long the number on a label is, which ends the long form.
const shortSerial = 9

func fits(told, known string) bool {
	return told == known || len(known) >= shortSerial && strings.HasSuffix(told, known)
}

// folded is a name without what people and firmwares write differently.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, name)
}

func isMAC(name string) bool {
	name = folded(name)
	return len(name) == 12 && strings.Trim(name, "0123456789abcdef") == ""
}

// longestWord bounds what is kept of a device's words.
const longestWord = 48

// plain keeps a device's word short and in ASCII.
func plain(word string) string {
	word = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("_.:- /", r) {
			return r
		}
		return -1
	}, word)
	return word[:min(len(word), longestWord)]
}

// noted keeps those of the named facts that are there. They must say nothing about
// a person.
func noted(detail map[string]string, f *fact, names map[string]string) {
	for name, as := range names {
		if word := plain(f.word(name)); word != "" {
			detail[as] = word
		}
	}
}

// channelOf is the channel that an alert is about: of a recorder, that of its camera.
func channelOf(alert *fact) string {
	return plain(alert.word("dynChannelID", "channelID"))
}
