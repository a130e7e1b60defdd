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

		"bolink": bolink,
		"kone":   kone,

		"cloudevents":      cloudEvents,
		"standardwebhooks": standardWebhooks,

		"hikvision-capabilities": hikvision,
		"onvif-axis":             notPushed("ONVIF is not a protocol of ours"),
		"osdp":                   notPushed("a serial line below the controller"),
		"uhppote":                notPushed("UHPPOTE is not a protocol of ours"),
	}
}
