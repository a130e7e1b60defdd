package main

import (
	"strings"
	"testing"
)

func TestBrokerIsReadFromTheConfiguration(t *testing.T) {
	for _, c := range []struct {
		name     string
		cfg      Config
		embedded bool
		host     string
	}{
		{"nothing", Config{}, false, ""},
		{"our own", Config{MQTTListen: "127.0.0.1:0"}, true, ""},
		{"another", Config{MQTTURL: "mqtt://broker.lan"}, false, "broker.lan:1883"},
		{"another, with TLS", Config{MQTTURL: "mqtts://broker.lan"}, false, "broker.lan:8883"},
		{"another, at a port of its own", Config{MQTTURL: "mqtts://[fd00::1]:7"}, false, "[fd00::1]:7"},
	} {
		if found := checkMQTT(&c.cfg); len(found) > 0 {
			t.Errorf("%s: %s is refused", c.name, found[0].name)
		}
		m := c.cfg.mqtt()
		if m.Embedded != c.embedded || (m.Remote != nil) != (c.host != "") || m.Remote != nil && m.Remote.URL.Host != c.host {
			t.Errorf("%s: %+v", c.name, m)
		}
	}
	if found := checkMQTT(&Config{MQTTListen: "127.0.0.1:0", MQTTURL: "mqtt://broker.lan"}); len(found) != 1 || found[0].name != "MQTT_URL" {
		t.Errorf("two brokers: %v", found)
	}
}

func TestDoctorJudgesBrokers(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  Config
		says string
	}{
		"nothing":        {Config{}, ""},
		"on loopback":    {Config{MQTTListen: "127.0.0.1:1883"}, ""},
		"on the network": {Config{MQTTListen: "192.168.1.10:1883"}, "MQTT_LISTEN"},
		"in clear":       {Config{MQTTURL: "mqtt://broker.lan", MQTTUser: "u", MQTTPassword: newSecret("p")}, "MQTT_URL"},
		"without login":  {Config{MQTTURL: "mqtts://broker.lan"}, "MQTT_USER"},
		"as it should":   {Config{MQTTURL: "mqtts://broker.lan", MQTTUser: "u", MQTTPassword: newSecret("p")}, ""},
	} {
		var found checkup
		found.doubts(&c.cfg)
		var said []string
		for _, f := range found.findings {
			if f.Area == "mqtt" {
				said = append(said, f.EN)
			}
		}
		if got := strings.Join(said, " "); (c.says == "") != (got == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
