package parkingcloud

import (
	"encoding/json"
	"strings"

	"communitypass.cn/communitypass/device"
)

// SZYMZH is 云盟 B30: callbacks of JSON {ParkKey, AppId, TimeStamp, Nonce, Sign, Data}.
// Data is sorted, written in lower case and digested with MD5; AppId, that digest,
// ParkKey, TimeStamp and Nonce are signed with HMAC-SHA256 in Base64, which the vendor
// prints in lower case.
func SZYMZH() Dialect { return Dialect{szymzh{}} }

type szymzh struct{}

func (szymzh) open(r device.Request) (message, signature, string) {
	var in struct{ Data json.RawMessage }
	outer, ok := flat(r.Body)
	if !ok || json.Unmarshal(r.Body, &in) != nil {
		return message{}, signature{}, "json"
	}
	raw := in.Data
	if text := textOf(raw); len(raw) > 0 && raw[0] == '"' {
		raw = json.RawMessage(text)
	}
	data, ok := flat(raw)
	if !ok {
		return message{}, signature{}, "data"
	}
	appID, park, stamp, nonce := pick(outer, "AppId"), pick(outer, "ParkKey"), pick(outer, "TimeStamp"), pick(outer, "Nonce")
	if stamp == "" || nonce == "" {
		return message{}, signature{}, "envelope"
	}
	s := signature{given: pick(outer, "Sign"), appID: appID, at: moment(stamp), timed: true, expected: szymzhSigns(data, appID, park, stamp, nonce, r.Secret)}
	m := message{native: first(pick(outer, "Route"), lastOf(r.Path)), plate: pick(data, "LicensePlateNumber"), lane: pick(data, "PassageLaneNo", "LaneNo", "PassageLaneName")}
	m.direction = szymzhWay(m.native, data)
	m.at = moment(pick(data, "PassageTime", "EntryTime", "EntranceTime", "OperationTime"))
	if m.direction == "out" {
		m.at = moment(pick(data, "ExitTime", "OutTime", "LeaveTime", "PassageTime", "OperationTime"))
	}
	// A number names a record, which may be told with many nonces; without one the nonce
	// names the message, so that it is taken once.
	m.key = first(pick(data, "No", "OrderNo", "ParkingOrderNo"), nonce)
	return m, s, ""
}

// szymzhSigns are the good signatures. The vendor's example has the nonce last, its
// rule sorts it before the park.
func szymzhSigns(data map[string]string, appID, park, stamp, nonce, secret string) []string {
	digest := md5Hex(strings.ToLower(pairs(data, true, "ImageBase64")))
	head := "appid=" + appID + "&data=" + digest
	return []string{
		hmacBase64(secret, strings.ToLower(head+"&parkkey="+park+"&timestamp="+stamp+"&nonce="+nonce)),
		hmacBase64(secret, strings.ToLower(head+"&nonce="+nonce+"&parkkey="+park+"&timestamp="+stamp)),
	}
}

// szymzhWay is what a callback says of the way that a vehicle took; empty for what is
// about a list, an order or the places that are left.
func szymzhWay(native string, data map[string]string) string {
	if pick(data, "LicensePlateNumber") == "" {
		return ""
	}
	switch pick(data, "InOutType") {
	case "0":
		return "out"
	case "1":
		return "in"
	}
	if way := wayOf(strings.TrimPrefix(strings.ToLower(native), "on")); way != "" {
		return way
	}
	switch {
	case pick(data, "ExitTime", "OutTime", "LeaveTime") != "":
		return "out"
	case pick(data, "EntryTime", "EntranceTime", "InTime") != "":
		return "in"
	}
	return ""
}

type szymzhAnswer struct {
	ResultCode int
	ResultMsg  string
}

func (szymzh) taken(device.Request) device.Response {
	return written(szymzhAnswer{200, "操作成功"})
}

func (szymzh) refused(_ device.Request, reason string) device.Response {
	return written(szymzhAnswer{401, sentence(reason)})
}

func (szymzh) busy(device.Request) device.Response {
	return written(szymzhAnswer{503, "请稍后重试 try again"})
}
