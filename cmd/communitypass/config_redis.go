package main

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/ratelimit"
)

// checkRedis finds what is wrong with the Redis that replicas count in.
func checkRedis(c *Config) []problem {
	if c.RedisURL == "" {
		return nil
	}
	if _, ok := readRedis(c.RedisURL); !ok {
		return one("REDIS_URL", "应是 redis://主机:6379/0 或 rediss://主机:6379/0；用户名和密码另设 REDIS_USER、REDIS_PASSWORD_FILE。",
			"must be redis://host:6379/0 or rediss://host:6379/0; user and password stand in REDIS_USER and REDIS_PASSWORD_FILE.")
	}
	return nil
}

// readRedis reads redis://host:port/number, where port and number may be left out.
func readRedis(address string) (*ratelimit.Config, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, false
	}
	out := &ratelimit.Config{Addr: u.Host}
	if u.Port() == "" {
		out.Addr = net.JoinHostPort(u.Hostname(), "6379")
	}
	if u.Scheme == "rediss" {
		out.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
	}
	if number := strings.Trim(u.Path, "/"); number != "" {
		n, err := strconv.ParseUint(number, 10, 15)
		if err != nil {
			return nil, false
		}
		out.Database = int(n)
	}
	return out, true
}

// redis is where replicas count together; nil where each counts alone.
func (c *Config) redis() *ratelimit.Config {
	out, ok := readRedis(c.RedisURL)
	if !ok {
		return nil
	}
	out.Username, out.Password = c.RedisUser, c.RedisPassword.reveal()
	return out
}
