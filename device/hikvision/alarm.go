package hikvision

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// silence ends an alarm that its camera never calls ended.
	silence = 30 * time.Second
	// mostAlarms bounds what is remembered of one device.
	mostAlarms = 256
)

// alarms are those of one device that were last heard of, by what they are about.
type alarms map[string]*alarm

// alarm is one that goes on, or has ended.
type alarm struct {
	ended bool
	// start is the device's time, else ours, of the first post.
	start int64
	// posts is the camera's own count of the last post.
	posts int64
	seen  time.Time
}

// alarm is what a camera or recorder says; false when it only says that it is alive.
// Every post of one alarm has the same key, however long it lasts.
func (d *Dialect) alarm(r device.Request, alert *fact) (model.DeviceEvent, bool) {
	kind := plain(alert.word("eventType"))
	e := model.DeviceEvent{Kind: model.DeviceUnknown, DeviceAt: timeOf(alert), Native: kind, State: "raised", Detail: map[string]string{}}
	if what, known := alarmTypes[strings.ToLower(kind)]; known {
		e.Kind, e.Detail["what"] = model.DeviceAlarm, what
	}
	ended := strings.EqualFold(alert.word("eventState"), "inactive")
	if ended {
		e.State = "cleared"
	}
	region := regionsOf(alert)
	noted(e.Detail, alert, map[string]string{"inputIOPortID": "input"})
	for name, value := range map[string]string{"channel": channelOf(alert), "region": region} {
		if value != "" {
			e.Detail[name] = value
		}
	}
	about := strings.Join([]string{plain(alert.word("deviceID")), channelOf(alert), strings.ToLower(kind), region, e.Detail["input"]}, ":")
	start, told := d.heard(r, alert, about, ended, strings.EqualFold(kind, "videoloss"))
	e.Key = "alarm:" + about + ":" + strconv.FormatInt(start, 10) + ":" + e.State
	return e, told
}

// heard finds the alarm that a post belongs to, and says when that began. It is not
// told when it is the heartbeat of a device with all its pictures.
func (d *Dialect) heard(r device.Request, alert *fact, about string, ended, beats bool) (start int64, told bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.alarms[r.Device]
	if known == nil {
		known = alarms{}
		d.alarms[r.Device] = known
	}
	at, posts := timeOf(alert), alert.number("activePostCount")
	if at == 0 {
		at = model.Millis(r.At)
	}
	a := known[about]
	if a != nil && a.goesOn(r.At, at, posts, ended) {
		if beats && ended {
			return a.start, r.At.Sub(a.seen) <= silence
		}
		a.seen, a.posts = r.At, posts
		return a.start, true
	}
	if beats && ended && a == nil {
		return at, false
	}
	if ended && a != nil {
		at = a.start
	}
	known.remember(about, &alarm{ended, at, posts, r.At})
	return at, true
}

// goesOn reports whether a post is one more of the same. A camera that counts from 1
// again has begun anew.
func (a *alarm) goesOn(now time.Time, at, posts int64, ended bool) bool {
	if a.ended || ended {
		return a.ended == ended
	}
	anew := posts == 1 && a.posts > 1 && at > a.start
	return !anew && now.Sub(a.seen) <= silence
}

// remember keeps an alarm, and forgets the one longest unheard of when there are too
// many.
func (known alarms) remember(about string, a *alarm) {
	if len(known) >= mostAlarms && known[about] == nil {
		oldest := ""
		for name, other := range known {
			if oldest == "" || other.seen.Before(known[oldest].seen) {
				oldest = name
			}
		}
		delete(known, oldest)
	}
	known[about] = a
}

// regionsOf are the regions that an alert is about, in their order.
func regionsOf(alert *fact) string {
	var out []string
	for _, entry := range alert.one("DetectionRegionList").all("DetectionRegionEntry") {
		if id := plain(entry.word("regionID")); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return plain(strings.Join(out, "-"))
}
