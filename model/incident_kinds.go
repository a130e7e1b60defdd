package model

import (
	"strings"
	"time"
)

// IncidentKind is what an incident is about.
type IncidentKind string

// Kinds of incidents.
const (
	IncidentFire        IncidentKind = "fire"
	IncidentGas         IncidentKind = "gas"
	IncidentWater       IncidentKind = "water"
	IncidentMedical     IncidentKind = "medical"
	IncidentPanic       IncidentKind = "panic"
	IncidentDuress      IncidentKind = "duress"
	IncidentIntrusion   IncidentKind = "intrusion"
	IncidentForced      IncidentKind = "forced"
	IncidentLeftOpen    IncidentKind = "left_open"
	IncidentTamper      IncidentKind = "tamper"
	IncidentTemperature IncidentKind = "temperature_high"
	IncidentLift        IncidentKind = "lift"
	IncidentOffline     IncidentKind = "device_offline"
	IncidentFault       IncidentKind = "device_fault"
	IncidentLooking     IncidentKind = "unusual_looking"
	IncidentWarning     IncidentKind = "public_warning"
	IncidentDispute     IncidentKind = "dispute"
	IncidentNoise       IncidentKind = "noise"
	IncidentFacility    IncidentKind = "facility"
	IncidentOther       IncidentKind = "other"
)

// IncidentRule is what holds for a kind unless somebody says otherwise.
type IncidentRule struct {
	Kind     IncidentKind
	Severity Severity
	Post     Post
	Name     Phrase
}

// IncidentRules has one for each kind, in the order in which they are shown.
var IncidentRules = []IncidentRule{
	{IncidentFire, Critical, PostPlatform, Phrase{"火情", "Fire"}},
	{IncidentGas, Critical, PostPlatform, Phrase{"燃气泄漏", "Gas"}},
	{IncidentMedical, Critical, PostInformation, Phrase{"人员急病", "Somebody is ill"}},
	{IncidentPanic, Critical, PostPlatform, Phrase{"紧急求助", "A call for help"}},
	{IncidentDuress, Critical, PostPlatform, Phrase{"胁迫", "Duress"}},
	{IncidentLift, Critical, PostPlatform, Phrase{"电梯困人或故障", "Lift"}},
	{IncidentIntrusion, Major, PostGate, Phrase{"闯入", "Intrusion"}},
	{IncidentForced, Major, PostGate, Phrase{"门被强行打开", "A door was forced"}},
	{IncidentTemperature, Major, PostGate, Phrase{"体温偏高", "A high temperature"}},
	{IncidentTamper, Major, PostPlatform, Phrase{"设备被拆动", "A device was tampered with"}},
	{IncidentWater, Major, PostPlatform, Phrase{"漏水", "Water"}},
	{IncidentDispute, Major, PostInformation, Phrase{"纠纷", "A dispute"}},
	{IncidentLooking, Major, PostInformation, Phrase{"异常查阅个人信息", "Unusual looking at people's data"}},
	{IncidentWarning, Minor, PostInformation, Phrase{"公共预警", "A public warning"}},
	{IncidentLeftOpen, Minor, PostGate, Phrase{"门未关", "A door stands open"}},
	{IncidentOffline, Minor, PostPlatform, Phrase{"设备离线", "A device is offline"}},
	{IncidentFault, Minor, PostPlatform, Phrase{"设备故障", "A device is faulty"}},
	{IncidentNoise, Minor, PostInformation, Phrase{"噪声扰民", "Noise"}},
	{IncidentFacility, Minor, PostInformation, Phrase{"公共设施损坏", "Something is broken"}},
	{IncidentOther, Minor, PostInformation, Phrase{"其他", "Something else"}},
}

// Rule is the rule of a kind; that of something else for one that is not known.
func (k IncidentKind) Rule() IncidentRule {
	for _, r := range IncidentRules {
		if r.Kind == k {
			return r
		}
	}
	return IncidentRules[len(IncidentRules)-1]
}

// TimeLimits are how long each step may take, counted from when it was raised.
type TimeLimits struct{ Acknowledge, OnSite, Resolve time.Duration }

// Limits are those of a severity.
func (s Severity) Limits() TimeLimits {
	switch s {
	case Critical:
		return TimeLimits{2 * time.Minute, 10 * time.Minute, time.Hour}
	case Major:
		return TimeLimits{10 * time.Minute, 30 * time.Minute, 4 * time.Hour}
	}
	return TimeLimits{time.Hour, 8 * time.Hour, 72 * time.Hour}
}

// Limit is how long an incident may take to leave a state, counted from when it was
// raised; 0 when nobody waits for it any more.
func (l TimeLimits) Limit(state IncidentState) time.Duration {
	switch state {
	case IncidentRaised:
		return l.Acknowledge
	case IncidentAcknowledged, IncidentDispatched:
		return l.OnSite
	case IncidentOnSite:
		return l.Resolve
	}
	return 0
}

// Words of devices that make an incident, with its kind. What is motion or the daily
// work of a door makes none.
var alarmKinds = map[string]IncidentKind{
	"fire": IncidentFire, "smoke": IncidentFire, "fire_exit_blocked": IncidentFire, "gas": IncidentGas, "water": IncidentWater,
	"panic": IncidentPanic, "medical": IncidentMedical, "duress": IncidentDuress,
	"intrusion": IncidentIntrusion, "burglary": IncidentIntrusion, "climbed_over": IncidentIntrusion, "line_crossed": IncidentIntrusion, "area_entered": IncidentIntrusion,
	"forced": IncidentForced, "malicious": IncidentForced, "wrong_way": IncidentForced, "tailgating": IncidentForced,
	"left_open": IncidentLeftOpen, "tamper": IncidentTamper, "reader_removed": IncidentTamper, "temperature_high": IncidentTemperature,
	"lift": IncidentLift, "trapped": IncidentLift,
	"offline": IncidentOffline, "reader_offline": IncidentOffline, "network_lost": IncidentOffline, "camera_lost": IncidentOffline, "controller_lost": IncidentOffline,
	"door_unit_lost": IncidentOffline, "elevator_controller_lost": IncidentOffline, "lane_lost": IncidentOffline, "reader_lost": IncidentOffline, "reader_bus_lost": IncidentOffline,
	"terminal_lost": IncidentOffline, "video_lost": IncidentOffline, "mains_lost": IncidentFault, "power_lost": IncidentFault, "battery_low": IncidentFault,
}

// quietAlarms are words that need nobody: what they tell is nothing out of the way.
var quietAlarms = map[string]bool{"motion": true, "passback": true, "obstructed": true, "parked": true, "running": true, "loitering": true, "crowd": true,
	"area_left": true, "object_taken": true, "lasting": true, "login_refused": true, "maintenance": true, "exit": true}

// warningPrefix begins the words of public warnings: level and subject follow, so that
// one that hurries more is not counted to one that hurries less.
const warningPrefix = "warning_"

// WarningSeverity is the severity that a word of a public warning has in it; empty for
// any other word.
func WarningSeverity(what string) Severity {
	rest, ok := strings.CutPrefix(what, warningPrefix)
	level, _, _ := strings.Cut(rest, "_")
	if s := Severity(level); ok && (s == Critical || s == Major || s == Minor) {
		return s
	}
	return ""
}

// IncidentOf says what a device's event makes: an incident of a kind under a word;
// cleared when it takes one back, and whatever it said when the word is "all". ok is
// false for what needs nobody.
func IncidentOf(e *DeviceEvent) (kind IncidentKind, what string, cleared, ok bool) {
	what, cleared = e.Detail["what"], e.State == "cleared"
	switch e.Kind {
	case DeviceAlarm, DeviceReading:
		if what == "" && e.Kind == DeviceReading || e.State != "raised" && !cleared {
			return "", "", false, false
		}
	case DeviceDoor:
		if what == "" {
			what = e.State
		}
		if cleared = e.State == "closed"; cleared {
			what = "left_open"
		}
		if what != "left_open" && what != "forced" {
			return "", "", false, false
		}
	case DeviceStatus:
		switch {
		case e.State == "offline" || what == "offline" && e.State == "raised":
			what = "offline"
		case e.State == "online", e.State == "connected", e.State == "started", what == "online", what == "offline":
			what, cleared = "offline", true
		case what == "" || e.State != "raised" && !cleared:
			return "", "", false, false
		}
	default:
		return "", "", false, false
	}
	if level := e.Detail["warning"]; level != "" && e.Kind == DeviceAlarm {
		return IncidentWarning, warningPrefix + level + "_" + what, cleared, true
	}
	if quietAlarms[what] {
		return "", "", false, false
	}
	kind, known := alarmKinds[what]
	switch {
	case known:
	case e.Kind == DeviceStatus || len(what) > 6 && what[len(what)-6:] == "_fault" || len(what) > 5 && what[len(what)-5:] == "_full":
		kind = IncidentFault
	default:
		kind = IncidentOther
	}
	return kind, what, cleared, true
}
