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
	if strings.HasPrefix(cfg.PublicURL, "https://") && len(cfg.TrustedProxies) == 0 {
		c.add("config", odd, prefix+"TRUSTED_PROXIES 没有设置：经过反向代理的访客都会被当作同一个地址来限速。",
			prefix+"TRUSTED_PROXIES is not set: everybody who comes through the proxy is limited as one address.")
	}
}
