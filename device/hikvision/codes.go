package hikvision

import "communitypass.cn/communitypass/model"

// meaning is what a code means in neutral words.
type meaning struct {
	kind  model.DeviceEventKind
	state string
	// what is the word for it; who was admitted or refused needs none.
	what string
}

// Major numbers of access events.
const (
	majorAlarm     = 1
	majorException = 2
	majorOperation = 3
	majorEvent     = 5
)

// meaningOf finds a code of an access controller; what we have no word for is unknown.
func meaningOf(major, sub int64) meaning {
	table := map[int64]map[int64]meaning{majorAlarm: alarmCodes, majorException: statusCodes, majorOperation: operationCodes, majorEvent: doorCodes}[major]
	if m, ok := table[sub]; ok {
		return m
	}
	if major == majorEvent && admittedCodes[sub] {
		return meaning{kind: model.DeviceCode, state: "admitted"}
	}
	if major == majorEvent && refusedCodes[sub] {
		return meaning{kind: model.DeviceCode, state: "refused"}
	}
	return meaning{kind: model.DeviceUnknown}
}

func raised(what string) meaning  { return meaning{model.DeviceAlarm, "raised", what} }
func cleared(what string) meaning { return meaning{model.DeviceAlarm, "cleared", what} }
func bad(what string) meaning     { return meaning{model.DeviceStatus, "raised", what} }
func good(what string) meaning    { return meaning{model.DeviceStatus, "cleared", what} }
func door(state, what string) meaning {
	return meaning{model.DeviceDoor, state, what}
}

var alarmCodes = map[int64]meaning{
	0x400: raised("zone_fault"), 0x401: raised("zone_fault"), 0x402: raised("zone_fault"), 0x403: cleared("zone_fault"),
	0x404: raised("tamper"), 0x405: cleared("tamper"), 0x406: raised("tamper"), 0x407: cleared("tamper"),
	0x408: raised("input"), 0x409: cleared("input"), 0x40a: raised("duress"),
	0x40b: raised("memory_full"), 0x40c: raised("too_many_attempts"), 0x40d: raised("disk_full"),
	0x40f: raised("tamper"), 0x410: cleared("tamper"),
	0x415: raised("fire_input_fault"), 0x416: raised("fire_input_fault"), 0x417: cleared("fire_input_fault"),
	0x418: raised("fire"), 0x419: cleared("fire"), 0x41a: raised("maintenance"), 0x41b: cleared("maintenance"),
	0x41c: raised("panic"), 0x41d: cleared("panic"), 0x41e: raised("tamper"), 0x41f: cleared("tamper"),
	0x422: raised("tamper"), 0x423: cleared("tamper"), 0x424: raised("fire"), 0x425: cleared("fire"),
	0x442: raised("memory_full"),
}

var statusCodes = map[int64]meaning{
	0x27: bad("network_lost"), 0x407: good("network_lost"), 0x3a: bad("reader_bus_lost"), 0x3b: good("reader_bus_lost"),
	0x400: good("power_lost"), 0x401: bad("power_lost"), 0x402: {model.DeviceStatus, "", "restarted"},
	0x403: bad("battery_low"), 0x404: good("battery_low"), 0x411: bad("battery_low"), 0x412: good("battery_low"),
	0x405: bad("mains_lost"), 0x406: good("mains_lost"), 0x408: bad("storage_fault"),
	0x409: bad("reader_lost"), 0x40a: good("reader_lost"), 0x40d: bad("lane_lost"), 0x40e: good("lane_lost"),
	0x40f: bad("door_unit_lost"), 0x410: good("door_unit_lost"), 0x413: bad("controller_lost"), 0x414: good("controller_lost"),
	0x417: bad("controller_lost"), 0x418: good("controller_lost"), 0x41c: bad("elevator_controller_lost"), 0x41b: good("elevator_controller_lost"),
	0x421: bad("camera_lost"), 0x422: good("camera_lost"), 0x427: bad("terminal_lost"), 0x426: good("terminal_lost"),
	0x428: bad("login_locked"), 0x429: good("login_locked"), 0x42c: bad("motor_fault"),
}

var operationCodes = map[int64]meaning{
	0x400: door("opened", "opened_remotely"), 0x401: door("closed", "closed_remotely"),
	0x402: door("opened", "held_open"), 0x403: door("closed", "held_closed"),
	0x41c: door("closed", "closed_by_key_fob"), 0x41d: door("opened", "opened_by_key_fob"), 0x41e: door("opened", "held_open"),
	0x79: {model.DeviceStatus, "", "armed"}, 0x7a: {model.DeviceStatus, "", "disarmed"}, 0x7b: {model.DeviceStatus, "", "restarted"},
}

var doorCodes = map[int64]meaning{
	0x13: door("opened", "held_open"), 0x14: door("closed", "hold_ended"), 0x15: door("opened", "unlocked"), 0x16: door("closed", "locked"),
	0x17: door("", "exit_button"), 0x18: door("", "exit_button_released"), 0x19: door("opened", "opened"), 0x1a: door("closed", "closed"),
	0x1b: raised("forced"), 0x1c: door("left_open", "left_open"),
	0x1f: door("closed", "held_closed"), 0x20: door("", "hold_ended"), 0x25: {model.DeviceStatus, "", "doorbell"},
	0x34: raised("fire"), 0x35: cleared("fire"),
	0x53: raised("lock_fault"), 0x54: raised("lock_fault"), 0x55: raised("lock_fault"),
	0x56: raised("contact_fault"), 0x57: raised("contact_fault"), 0x58: raised("contact_fault"),
	0x59: raised("exit_button_fault"), 0x5a: raised("exit_button_fault"), 0x5b: raised("exit_button_fault"),
	0x5c: raised("lock_fault"), 0x5d: raised("lock_fault"),
	0x85: raised("tailgating"), 0x86: raised("wrong_way"), 0x87: raised("forced"), 0x88: raised("climbed_over"), 0x8a: raised("intrusion"),
	0x8c: raised("obstructed"), 0x8d: cleared("obstructed"),
}

// set makes a set of codes.
func set(codes ...int64) map[int64]bool {
	out := make(map[int64]bool, len(codes))
	for _, c := range codes {
		out[c] = true
	}
	return out
}

// What the controller decided itself.
var (
	admittedCodes = set(0x01, 0x02, 0x0f, 0x10, 0x21, 0x22, 0x26, 0x28, 0x2b, 0x2e, 0x45, 0x48, 0x4b, 0x4d, 0x65, 0x99, 0xb3, 0xb5)
	refusedCodes  = set(0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x23, 0x24, 0x27, 0x29, 0x2a, 0x2c, 0x2d,
		0x2f, 0x30, 0x31, 0x46, 0x47, 0x49, 0x4a, 0x4c, 0x4e, 0x4f, 0x50, 0x5e, 0x66, 0x67, 0x71, 0x75, 0x76, 0x77, 0x78, 0x8b,
		0x97, 0x98, 0x9a, 0x9b, 0xa2, 0xa3, 0xa8, 0xa9, 0xaa, 0xab, 0xb4)
)

// alarmTypes are the eventTypes of cameras and recorders, in lower case.
var alarmTypes = map[string]string{
	"vmd": "motion", "pir": "motion", "io": "input", "fielddetection": "intrusion", "linedetection": "line_crossed",
	"regionentrance": "area_entered", "regionexiting": "area_left", "loitering": "loitering", "group": "crowd", "rapidmove": "running",
	"parking": "parked", "unattendedbaggage": "object_left", "attendedbaggage": "object_taken",
	"videoloss": "video_lost", "badvideo": "video_fault", "videomismatch": "video_fault", "shelteralarm": "tamper", "tamperdetection": "tamper",
	"scenechangedetection": "tamper", "defocus": "video_fault", "audioexception": "audio_fault",
	"diskfull": "disk_full", "diskerror": "disk_fault", "recordexception": "recording_fault", "nicbroken": "network_lost",
	"ipconflict": "address_conflict", "illaccess": "login_refused", "firedetection": "fire", "smokedetection": "smoke",
	"fireescapedetection": "fire_exit_blocked", "tma": "temperature", "tmpa": "temperature", "duration": "lasting",
}
