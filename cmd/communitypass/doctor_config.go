package main

import (
	"net"
	"strings"
)

// configuration judges the environment as serve would, and says whether the rest
// can be looked at.
func (c *checkup) configuration(environ []string) (cfg *Config, usable bool) {
	cfg, problems := parseConfig(environ)
	for _, check := range shapes {
		problems = append(problems, check(cfg)...)
	}
	usable = len(problems) == 0
	for _, check := range forServing {
		problems = append(problems, check(cfg)...)
	}
	for _, p := range problems {
		c.add("config", bad, prefix+p.name+" "+p.zh, prefix+p.name+" "+p.en)
	}
	if len(problems) == 0 {
		c.add("config", good, "配置完整。", "The configuration is complete.")
		c.add("wechat", good, "小程序 "+cfg.WechatAppID+" 的配置完整（没有联网验证）。",
			"Mini-program "+cfg.WechatAppID+" is set up (not tried over the network).")
	}
	c.doubts(cfg)
	return cfg, usable
}

// doubts are settings that are allowed and seldom meant.
func (c *checkup) doubts(cfg *Config) {
	if len(cfg.unknown) > 0 {
		names := strings.Join(cfg.unknown, ", ")
		c.add("config", odd, "本版本不认识的变量（写错了？）："+names, "Variables that this version does not know (a typing error?): "+names)
	}
	if host, _, err := net.SplitHostPort(cfg.PrivateListen); err == nil && !isLoopback(host) {
		c.add("config", odd, prefix+"PRIVATE_LISTEN 不是本机地址：请用防火墙保证只有监控能访问。",
			prefix+"PRIVATE_LISTEN is not this machine's own address: let a firewall see to it that only monitoring gets there.")
	}
	if host, _, err := net.SplitHostPort(cfg.MQTTListen); err == nil && !isLoopback(host) {
		c.add("mqtt", odd, prefix+"MQTT_LISTEN 没有 TLS，设备的密码以明文传输：只应在设备网段内开放。",
			prefix+"MQTT_LISTEN knows no TLS, so that passwords of devices travel in clear: keep it on the network of the devices.")
	}
	c.doubtBroker(cfg)
	c.doubtRedis(cfg)
	for name, addr := range map[string]string{"SIP_LISTEN": cfg.SIPListen, "SIA_LISTEN": cfg.SIAListen} {
		if host, _, err := net.SplitHostPort(addr); err == nil && (host == "" || host == "0.0.0.0" || host == "::") {
			c.add("config", odd, prefix+name+" 监听所有网卡：这些协议没有 TLS，请只监听设备网段的地址。",
				prefix+name+" listens on every interface: these protocols know no TLS, so name the address on the network of the devices.")
		}
	}
	if cfg.SIPUpper != "" {
		c.add("config", good, "报警上报到上级平台："+cfg.SIPUpper+"（没有联网验证）。", "Alarms go up to "+cfg.SIPUpper+" (not tried over the network).")
	}
	if strings.HasPrefix(cfg.PublicURL, "https://") && len(cfg.TrustedProxies) == 0 {
		c.add("config", odd, prefix+"TRUSTED_PROXIES 没有设置：经过反向代理的访客都会被当作同一个地址来限速。",
			prefix+"TRUSTED_PROXIES is not set: everybody who comes through the proxy is limited as one address.")
	}
}

// doubtRedis looks at how a Redis is reached; nobody connects.
func (c *checkup) doubtRedis(cfg *Config) {
	at := cfg.redis()
	if at == nil {
		return
	}
	if host, _, _ := net.SplitHostPort(at.Addr); at.TLS == nil && !isLoopback(host) {
		c.add("redis", odd, prefix+"REDIS_URL 没有加密：跨网段请用 rediss://。", prefix+"REDIS_URL is not encrypted: use rediss:// beyond a network of your own.")
	}
	if at.Password == "" {
		c.add("redis", odd, prefix+"REDIS_PASSWORD 没有设置：网段内谁都能清空限速计数。", prefix+"REDIS_PASSWORD is not set: anybody on that network can reset the limits.")
	}
}

// doubtBroker looks at how a broker of the operator's is reached; nobody connects.
func (c *checkup) doubtBroker(cfg *Config) {
	if cfg.MQTTURL == "" || len(checkMQTT(cfg)) > 0 {
		return
	}
	if remote := cfg.mqtt().Remote; remote.URL.Scheme == "mqtt" && !isLoopback(remote.URL.Hostname()) {
		c.add("mqtt", odd, prefix+"MQTT_URL 没有加密：跨网段请用 mqtts://。", prefix+"MQTT_URL is not encrypted: use mqtts:// beyond a network of your own.")
	}
	if cfg.MQTTUser == "" || cfg.MQTTPassword.missing() {
		c.add("mqtt", odd, prefix+"MQTT_USER 或 MQTT_PASSWORD 没有设置：没有登录的代理认不出设备，谁都能冒充。",
			prefix+"MQTT_USER or MQTT_PASSWORD is not set: a broker without logins knows no devices, and anybody can be one.")
	}
}
