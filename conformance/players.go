package conformance

// players by kind and vendor, or by vendor alone.
func players() map[string]player {
	return map[string]player{
		"vguang":    vguang,
		"hikvision": hikvision,
		"zkteco":    zkteco,
		"sensetime": sensetime,
		"dahua":     dahua,
		"uniview":   uniview,
		"cap":       publicWarning,
		"isecure":   isecure,
		"vzenith":   vzenith,
		"4pyun":     pyun,
		"tdznyun":   tdznyun,
		"szymzh":    szymzh,
		"sia":       sia,
		"gb28181":   gb28181,
		"gat1400":   viid,
		"hc":        hc,

		"vguang-mqtt":  vguangBroker,
		"vzenith-mqtt": vzenithBroker,

		"bolink": notPushed("an answer of the cloud, and its rule"),
		"kone":   notPushed("between the server and KONE, where the server is the client"),

		"hikvision-capabilities": notPushed("what a device answers when it is asked what it can do"),
		"onvif-axis":             notPushed("ONVIF is not a protocol of ours"),
		"osdp":                   notPushed("a serial line below the controller"),
		"uhppote":                notPushed("UHPPOTE is not a protocol of ours"),
	}
}
