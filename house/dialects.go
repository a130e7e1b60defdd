package house

import (
	"maps"
	"slices"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/cap"
	"communitypass.cn/communitypass/device/hc"
	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/device/jsonpush"
	"communitypass.cn/communitypass/device/lift"
	"communitypass.cn/communitypass/device/parkingcloud"
	"communitypass.cn/communitypass/device/vguang"
	"communitypass.cn/communitypass/device/viid"
	"communitypass.cn/communitypass/device/vzenith"
	"communitypass.cn/communitypass/device/zkteco"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// dialects are what devices of other makers may speak by HTTP, by the name that
// stands in their address.
func dialects(hik *hikvision.Dialect) map[string]device.Dialect {
	return map[string]device.Dialect{
		model.Protocol4PYun:   parkingcloud.FourPYun(),
		model.ProtocolBolink:  parkingcloud.Bolink(),
		model.ProtocolSZYMZH:  parkingcloud.SZYMZH(),
		model.ProtocolTDZN:    parkingcloud.TDZNYun(),
		model.ProtocolCAP:     cap.Dialect{},
		"isecure":             jsonpush.ISecure(),
		"dahua":               jsonpush.Dahua(),
		model.ProtocolHC:      hc.Dialect{},
		"hikvision":           hik,
		service.ProtocolLift:  lift.Dialect{},
		"sensetime":           jsonpush.SenseTime(),
		"uniview":             jsonpush.Uniview(),
		model.ProtocolVzenith: vzenith.Dialect{},
		model.ProtocolVIID:    viid.New(),
		"vguang":              vguang.Dialect{},
		"vguang-hex":          vguang.Dialect{Hex: true},
		model.ProtocolZKTeco:  zkteco.Dialect{},
	}
}

// carriers are how commands reach devices, by protocol: those of a protocol that is not
// here cannot be told anything.
func carriers(calls *device.Caller, clock model.Clock, exchange *Exchange) map[string]service.CommandCarrier {
	return map[string]service.CommandCarrier{
		"dahua":                 jsonpush.NewDahuaDoors(calls),
		model.Protocol4PYun:     parkingcloud.NewPYunGates(calls),
		model.ProtocolHikvision: hikvision.NewDoors(calls, clock),
		model.ProtocolZKTeco:    zkteco.Dialect{},
		"vguang-mqtt":           readers(exchange, clock),
		model.ProtocolVzenith:   vzenith.Dialect{},
		vzenith.Protocol:        cameras(exchange, clock),
	}
}

// listeners are protocols that are not spoken over the devices' HTTP listener: two have
// sockets of their own, and a camera is only linked to.
var listeners = []string{model.ProtocolCamera, model.ProtocolGB28181, model.ProtocolSIA}

// protocols are all that a device may be made known with.
func protocols() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(dialects(nil))), listeners...)))
}

// fixedRoots are where devices call that cannot be told an address.
func fixedRoots() map[string]device.Root {
	return map[string]device.Root{
		zkteco.Root: {Protocol: model.ProtocolZKTeco, Serial: "SN"},
		viid.Root:   {Protocol: model.ProtocolVIID, Header: viid.Header},
	}
}

// topicDialects are what devices of other makers may speak on a broker.
func topicDialects() map[string]device.TopicDialect {
	return map[string]device.TopicDialect{
		service.ProtocolLiftMQTT: lift.Broker{},
		"vguang-mqtt":            vguang.Broker{},
		vzenith.Protocol:         vzenith.Broker{},
	}
}
