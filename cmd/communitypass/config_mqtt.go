package main

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/mqtt"
)

// checkMQTT finds what is wrong with the broker. Nothing set is right: then no device
// can be registered that speaks by topics.
func checkMQTT(c *Config) []problem {
	var out []problem
	if c.MQTTListen != "" {
		_, port, err := net.SplitHostPort(c.MQTTListen)
		if _, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil {
			out = append(out, one("MQTT_LISTEN", "应是 主机:端口，例如 192.168.1.10:1883。", "must be host:port, such as 192.168.1.10:1883.")...)
		}
	}
	if c.MQTTURL == "" {
		return out
	}
	if c.MQTTListen != "" {
		out = append(out, one("MQTT_URL", "与 "+prefix+"MQTT_LISTEN 只能设置一个。", "is set together with "+prefix+"MQTT_LISTEN: set one of them.")...)
	}
	u, err := url.Parse(c.MQTTURL)
	if err != nil || u.Scheme != "mqtt" && u.Scheme != "mqtts" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		out = append(out, one("MQTT_URL", "应是 mqtt://主机:1883 或 mqtts://主机:8883；用户名和密码另设 MQTT_USER、MQTT_PASSWORD_FILE。",
			"must be mqtt://host:1883 or mqtts://host:8883; user and password stand in MQTT_USER and MQTT_PASSWORD_FILE.")...)
	}
	return out
}

// mqtt is by which broker devices are reached.
func (c *Config) mqtt() house.MQTT {
	if c.MQTTURL == "" {
		return house.MQTT{Embedded: c.MQTTListen != ""}
	}
	u, _ := url.Parse(c.MQTTURL) // its form was checked
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), map[string]string{"mqtt": "1883", "mqtts": "8883"}[u.Scheme])
	}
	return house.MQTT{Remote: &mqtt.Config{URL: u, Username: c.MQTTUser, Password: c.MQTTPassword.reveal()}}
}
