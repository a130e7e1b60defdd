package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/wechat"
)

// shapes judge what is set, whatever the command.
var shapes = []check{checkListeners, checkDatabase, checkNetworks, checkTimes, checkRetention, checkTraces, checkWays, checkProfile, checkMQTT, checkRedis, checkSIP, checkSIA}

// forServing is what serve needs beside well-formed values.
var forServing = []check{needMaster, needPublicURL, needWechat}

func checkListeners(c *Config) []problem {
	var out []problem
	for name, addr := range map[string]string{"LISTEN": c.Listen, "PRIVATE_LISTEN": c.PrivateListen} {
		_, port, err := net.SplitHostPort(addr)
		if _, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil {
			out = append(out, one(name, "应是 主机:端口，例如 127.0.0.1:8080。", "must be host:port, such as 127.0.0.1:8080.")...)
		}
	}
	if c.Listen == c.PrivateListen && !strings.HasSuffix(c.Listen, ":0") {
		out = append(out, one("PRIVATE_LISTEN", "不能与 "+prefix+"LISTEN 相同。", "must differ from "+prefix+"LISTEN.")...)
	}
	return out
}

func checkProfile(c *Config) []problem {
	if c.Profile != profileStandard && c.Profile != profileDJCP {
		return one("PROFILE", "应是 standard 或 djcp（等保）。", "must be standard or djcp (classified protection).")
	}
	return nil
}

func checkDatabase(c *Config) []problem {
	var out []problem
	if c.DatabasePool < 1 || c.DatabasePool > 1000 {
		out = append(out, one("DATABASE_POOL", "应在 1 到 1000 之间。", "must be between 1 and 1000.")...)
	}
	u, err := url.Parse(c.DSN())
	switch {
	case c.onMySQL() && (err != nil || u.Hostname() == "" || u.User.Username() == "" || strings.Trim(u.Path, "/") == ""):
		out = append(out, one("DATABASE", "应是 mysql://用户:密码@主机:3306/库名；密码里的特殊字符要写成 %XX。",
			"must be mysql://user:password@host:3306/name; special characters in the password are written as %XX.")...)
	case c.onMySQL() && (u.RawQuery != "" && u.RawQuery != "tls=true" || u.Fragment != ""):
		out = append(out, one("DATABASE", "除 ?tls=true 外不能带参数；密码里的特殊字符要写成 %XX。",
			"takes no parameter but ?tls=true; special characters in the password are written as %XX.")...)
	case !c.onMySQL() && strings.Contains(c.DSN(), "://"):
		out = append(out, one("DATABASE", "应是 SQLite 文件的路径，或 mysql://用户:密码@主机:3306/库名。",
			"must be the path of a SQLite file, or mysql://user:password@host:3306/name.")...)
	}
	return out
}

func checkNetworks(c *Config) []problem {
	var out []problem
	for name, list := range map[string]networks{"TRUSTED_PROXIES": c.TrustedProxies, "RECIPIENT_NETWORKS": c.RecipientNetworks, "DEVICE_NETWORKS": c.DeviceNetworks,
		"LIFT_NETWORKS": c.LiftNetworks} {
		for _, p := range list {
			if p.Bits() == 0 {
				out = append(out, one(name, "不能是整个互联网（/0）。", "must not be the whole internet (/0).")...)
			}
		}
	}
	if c.RecipientHTTP && len(c.RecipientNetworks) == 0 {
		out = append(out, one("RECIPIENT_HTTP", "只对 "+prefix+"RECIPIENT_NETWORKS 里的网段有效，请同时设置。",
			"holds for "+prefix+"RECIPIENT_NETWORKS only: set both.")...)
	}
	if c.LiftHTTP && len(c.LiftNetworks) == 0 {
		out = append(out, one("LIFT_HTTP", "只对 "+prefix+"LIFT_NETWORKS 里的网段有效，请同时设置。",
			"holds for "+prefix+"LIFT_NETWORKS only: set both.")...)
	}
	return out
}

func checkTimes(c *Config) []problem {
	var out []problem
	for name, d := range map[string]time.Duration{"SHUTDOWN_GRACE": c.ShutdownGrace,
		"SHUTDOWN_DRAIN": c.ShutdownDrain, "SHUTDOWN_WORKERS": c.ShutdownWorkers} {
		if d < 0 || d > 5*time.Minute || d == 0 && name != "SHUTDOWN_GRACE" {
			out = append(out, one(name, "应在 5 分钟以内。", "must be at most five minutes.")...)
		}
	}
	return out
}

// checkRetention keeps a slip of the pen from deleting too early or too late.
func checkRetention(c *Config) []problem {
	given := map[string]int{"passages": c.KeepPassagesDays, "access_log": c.KeepAccessLogDays, "consents": c.KeepConsentsDays,
		"declined": c.KeepDeclinedDays, "roster_imports": c.KeepRosterImportsDays, "incidents": c.KeepIncidentsDays}
	var out []problem
	for _, b := range service.RetentionBounds {
		const day = 24 * time.Hour
		if n := given[b.Name]; n < int(b.Least/day) || n > int(b.Utmost/day) {
			out = append(out, one("KEEP_"+strings.ToUpper(b.Name)+"_DAYS", fmt.Sprintf("应在 %d 到 %d 天之间。", b.Least/day, b.Utmost/day),
				fmt.Sprintf("must be between %d and %d days.", b.Least/day, b.Utmost/day))...)
		}
	}
	return out
}

func checkTraces(c *Config) []problem {
	if u, err := url.Parse(c.OTelEndpoint); c.OTelEndpoint != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return one("OTEL_ENDPOINT", "应是 OTLP/HTTP 收集器的网址，例如 http://127.0.0.1:4318。",
			"must be the URL of an OTLP/HTTP collector, such as http://127.0.0.1:4318.")
	}
	return nil
}

// needMaster wants the master key, and keeps it parsed.
func needMaster(c *Config) []problem {
	if c.MasterKey.missing() {
		return one("MASTER_KEY", "没有设置。用 openssl rand -hex 16 生成一个，并妥善备份：丢失后个人数据无法解开。",
			"is not set. Make one with openssl rand -hex 16 and keep a copy: without it personal data cannot be opened.")
	}
	var err error
	if c.master, err = gm.ParseMaster(c.MasterKey.reveal()); err != nil {
		return one("MASTER_KEY", "应是随机生成的 16 字节（32 位十六进制或 base64），不能是容易猜到的值。",
			"must be 16 random bytes (32 hexadecimal characters or base64), nothing that can be guessed.")
	}
	return nil
}

// needPublicURL wants https, but for trying it out on this machine.
func needPublicURL(c *Config) []problem {
	if c.PublicURL == "" {
		return one("PUBLIC_URL", "没有设置。例如 https://pass.example.cn。", "is not set. For example https://pass.example.cn.")
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return one("PUBLIC_URL", "应是网址，不带路径，例如 https://pass.example.cn。",
			"must be a URL without a path, such as https://pass.example.cn.")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return one("PUBLIC_URL", "应是 https；只有本机地址可以用 http。", "must be https; http is for this machine's own address only.")
	}
	return nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// needWechat wants a mini-program's id and secret, and its API over https.
func needWechat(c *Config) []problem {
	var out []problem
	if c.WechatAppID == "" {
		out = append(out, one("WECHAT_APP_ID", "没有设置：小程序的 AppID。", "is not set: the AppID of the mini-program.")...)
	}
	if c.WechatSecret.missing() {
		out = append(out, one("WECHAT_SECRET", "没有设置：小程序的 AppSecret。", "is not set: the AppSecret of the mini-program.")...)
	}
	if c.WechatBaseURL != "" && !strings.HasPrefix(c.WechatBaseURL, "https://") {
		out = append(out, one("WECHAT_BASE_URL", "应是 https。", "must be https.")...)
	}
	if len(out) > 0 {
		return out
	}
	client, err := wechat.New(c.wechat(), model.SystemClock{})
	if err != nil {
		return one("WECHAT_APP_ID", "或 "+prefix+"WECHAT_SECRET、"+prefix+"WECHAT_BASE_URL 的写法不对：只能有字母、数字、-、_，网址不带参数。",
			"or "+prefix+"WECHAT_SECRET or "+prefix+"WECHAT_BASE_URL is ill-formed: letters, digits, - and _ only; a URL without parameters.")
	}
	client.Close()
	return nil
}

func (c *Config) wechat() wechat.Config {
	return wechat.Config{AppID: c.WechatAppID, Secret: c.WechatSecret.reveal(), BaseURL: c.WechatBaseURL}
}
