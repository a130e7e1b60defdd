package parkingcloud

import (
	"communitypass.cn/communitypass/device"
)

// TDZNYun is tdznyun: pid, serviceName, timestamp (seconds), bizContent (JSON as a
// text) and sign, the MD5 in capitals of the sorted fields and "&key=", as a form or as
// JSON.
func TDZNYun() Dialect { return Dialect{tdznyun{}} }

type tdznyun struct{}

func (tdznyun) open(r device.Request) (message, signature, string) {
	fields, ok := pyunFields(r)
	if !ok {
		return message{}, signature{}, "form"
	}
	biz, ok := flat([]byte(fields["bizContent"]))
	if !ok {
		return message{}, signature{}, "data"
	}
	s := signature{given: fields["sign"], appID: fields["pid"], at: moment(fields["timestamp"]), timed: true,
		expected: []string{md5Hex(pairs(fields, false, "sign") + "&key=" + r.Secret)}}
	m := message{native: fields["serviceName"], plate: pick(biz, "plateNum", "plateNo", "plate"), at: moment(pick(biz, "enterTime", "inTime")),
		lane: pick(biz, "enterLane", "enterGate", "laneName")}
	m.direction = wayOf(m.native)
	if m.direction == "out" {
		m.at, m.lane = moment(pick(biz, "exitTime", "leaveTime", "outTime")), pick(biz, "exitLane", "exitGate", "laneName")
	}
	if m.plate == "" {
		m.direction = ""
	}
	m.key = pick(biz, "orderNo", "orderId", "recordId", "parkRecordId")
	if m.key == "" && m.at != 0 {
		m.key = pick(biz, "parkCode") + "/" + m.plate + "/" + pick(biz, "enterTime") + "/" + pick(biz, "exitTime", "leaveTime", "outTime")
	}
	return m, s, ""
}

type tdznyunAnswer struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
}

func (tdznyun) taken(device.Request) device.Response { return written(tdznyunAnswer{0, "success"}) }

func (tdznyun) refused(_ device.Request, reason string) device.Response {
	return written(tdznyunAnswer{1, sentence(reason)})
}

func (tdznyun) busy(device.Request) device.Response {
	return written(tdznyunAnswer{2, "请稍后重试 try again"})
}
