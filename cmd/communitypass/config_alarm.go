package main

import (
	"cmp"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/device/gb28181"
)

// upperForm is sip:code@address:port, with a transport.
var upperForm = regexp.MustCompile(`^sip:([0-9]{20})@([^;]+?)(?:;transport=(tcp|udp))?$`)

// communityID is an id of ours.
var communityID = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`)

// sip is who we are among platforms; nil when nothing listens for SIP.
func (c *Config) sip() *gb28181.Config {
	if c.SIPListen == "" {
		return nil
	}
	out := &gb28181.Config{ID: c.SIPID, Domain: c.sipDomain()}
	if part := upperForm.FindStringSubmatch(c.SIPUpper); part != nil {
		out.Upper = &gb28181.UpperConfig{ID: part[1], Domain: part[1][:10], Address: part[2], Transport: strings.ToUpper(cmp.Or(part[3], "udp")),
			Password: c.SIPUpperPassword.reveal()}
	}
	return out
}

func (c *Config) sipDomain() string {
	if c.SIPDomain == "" && len(c.SIPID) >= 10 {
		return c.SIPID[:10]
	}
	return c.SIPDomain
}

// upperCommunities are those whose alarms go up.
func (c *Config) upperCommunities() []string {
	return strings.FieldsFunc(c.SIPUpperCommunities, func(r rune) bool { return r == ',' || r == ' ' })
}

func checkSIP(c *Config) []problem {
	if c.SIPListen == "" {
		if c.SIPUpper != "" {
			return one("SIP_UPPER", "需要同时设置 "+prefix+"SIP_LISTEN 和 "+prefix+"SIP_ID。", "needs "+prefix+"SIP_LISTEN and "+prefix+"SIP_ID as well.")
		}
		return nil
	}
	var out []problem
	if !hostAndPort(c.SIPListen) {
		out = append(out, one("SIP_LISTEN", "应是 主机:端口，例如 192.168.1.10:5060。", "must be host:port, such as 192.168.1.10:5060.")...)
	}
	if !gb28181.Code(c.SIPID) {
		out = append(out, one("SIP_ID", "应是 20 位数字的国标编码。", "must be a code of twenty digits (GB/T 28181 annex E).")...)
	}
	if d := c.sipDomain(); strings.Trim(d, "0123456789") != "" || len(d) > 20 {
		out = append(out, one("SIP_DOMAIN", "应是数字，通常是编码的前 10 位。", "must be digits, usually the first ten of the code.")...)
	}
	if c.SIPUpper == "" {
		return out
	}
	part := upperForm.FindStringSubmatch(c.SIPUpper)
	if part == nil || !numericAddress(part[2]) {
		out = append(out, one("SIP_UPPER", "应是 sip:20位编码@IP地址:端口，可加 ;transport=tcp。", "must be sip:code@address:port, the address in numbers, with ;transport=tcp for TCP.")...)
	}
	if c.SIPUpperPassword.missing() {
		out = append(out, one("SIP_UPPER_PASSWORD", "没有设置：在上级平台的口令。", "is not set: our password at the platform above.")...)
	}
	ids := c.upperCommunities()
	for _, id := range ids {
		if !communityID.MatchString(id) {
			ids = nil
		}
	}
	if len(ids) == 0 {
		out = append(out, one("SIP_UPPER_COMMUNITIES", "应列出要上报报警的小区编号，用逗号隔开。", "must list the ids of the communities whose alarms go up, separated by commas.")...)
	}
	return out
}

func checkSIA(c *Config) []problem {
	if c.SIAListen != "" && !hostAndPort(c.SIAListen) {
		return one("SIA_LISTEN", "应是 主机:端口，例如 192.168.1.10:12300。", "must be host:port, such as 192.168.1.10:12300.")
	}
	return nil
}

func hostAndPort(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	_, e := strconv.ParseUint(port, 10, 16)
	return err == nil && e == nil
}

func numericAddress(addr string) bool {
	a, err := netip.ParseAddrPort(addr)
	return err == nil && a.Port() != 0
}
