package main

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/service"
)

// prefix stands before every variable of the program.
const prefix = "COMMUNITYPASS_"

// Config is what the operator says, by environment; communitypass.env.sample
// explains each variable. Of every secret there is a _FILE variant.
type Config struct {
	// Listen is host:port of the public API; a proxy with TLS stands before it.
	Listen string `env:"LISTEN" envDefault:"127.0.0.1:8080"`
	// PrivateListen is host:port of /metrics and /debug/pprof; keep it private.
	PrivateListen string `env:"PRIVATE_LISTEN" envDefault:"127.0.0.1:9090"`
	// DeviceListen is host:port for devices of other makers; empty for none.
	DeviceListen string `env:"DEVICE_LISTEN"`
	// MQTTListen is host:port of the embedded broker for devices that speak by topics,
	// MQTTURL another broker, mqtt:// or mqtts://; at most one is set.
	MQTTListen       string `env:"MQTT_LISTEN"`
	MQTTURL          string `env:"MQTT_URL"`
	MQTTUser         string `env:"MQTT_USER"`
	MQTTPassword     secret `env:"MQTT_PASSWORD,unset"`
	MQTTPasswordFile string `env:"MQTT_PASSWORD_FILE"`
	// RedisURL is a Redis in which replicas count together how often somebody asks,
	// redis://host:6379/0 or rediss://; empty where each counts alone.
	RedisURL          string `env:"REDIS_URL"`
	RedisUser         string `env:"REDIS_USER"`
	RedisPassword     secret `env:"REDIS_PASSWORD,unset"`
	RedisPasswordFile string `env:"REDIS_PASSWORD_FILE"`
	// SIPListen is host:port, TCP and UDP, for video devices by GB/T 28181; empty for none.
	SIPListen string `env:"SIP_LISTEN"`
	// SIPID is our code among platforms, twenty digits; SIPDomain the realm, the first
	// ten digits of it when empty.
	SIPID     string `env:"SIP_ID"`
	SIPDomain string `env:"SIP_DOMAIN"`
	// SIPUpper is the platform that alarms of SIPUpperCommunities go up to:
	// sip:code@address:port, with ;transport=tcp for TCP.
	SIPUpper             string `env:"SIP_UPPER"`
	SIPUpperPassword     secret `env:"SIP_UPPER_PASSWORD,unset"`
	SIPUpperPasswordFile string `env:"SIP_UPPER_PASSWORD_FILE"`
	SIPUpperCommunities  string `env:"SIP_UPPER_COMMUNITIES"`
	// SIAListen is host:port, TCP and UDP, for alarm panels by SIA DC-09; empty for none.
	SIAListen string `env:"SIA_LISTEN"`
	// PublicURL is where people and devices reach the server, without a path.
	PublicURL string `env:"PUBLIC_URL"`
	// DataDir holds what the server writes beside the database.
	DataDir string `env:"DATA_DIR" envDefault:"./data"`
	// Database is a file for SQLite or mysql://user:password@host:3306/name.
	Database     secret `env:"DATABASE,unset"`
	DatabaseFile string `env:"DATABASE_FILE"`
	// DatabasePool bounds the open connections.
	DatabasePool int `env:"DATABASE_POOL" envDefault:"16"`
	// MasterKey wraps the keys in the database; see gm.ParseMaster for its form.
	MasterKey     secret `env:"MASTER_KEY,unset"`
	MasterKeyFile string `env:"MASTER_KEY_FILE"`

	// Profile is how strict accounts of staff are: standard, or djcp for classified
	// protection (等保).
	Profile string `env:"PROFILE" envDefault:"standard"`
	// AnchorFile is where the daily anchors of the audit chain are copied to;
	// anchors.jsonl in DataDir when empty.
	AnchorFile string `env:"ANCHOR_FILE"`

	WechatAppID      string `env:"WECHAT_APP_ID"`
	WechatSecret     secret `env:"WECHAT_SECRET,unset"`
	WechatSecretFile string `env:"WECHAT_SECRET_FILE"`
	WechatBaseURL    string `env:"WECHAT_BASE_URL"`
	// WechatTemplates are the subscribe messages in use: name=id,key:source;…
	WechatTemplates string `env:"WECHAT_TEMPLATES"`

	// SMS is an application of Tencent Cloud; without SMSTemplates there is none.
	SMSSecretID      string `env:"SMS_SECRET_ID"`
	SMSSecretKey     secret `env:"SMS_SECRET_KEY,unset"`
	SMSSecretKeyFile string `env:"SMS_SECRET_KEY_FILE"`
	SMSAppID         string `env:"SMS_APP_ID"`
	SMSSign          string `env:"SMS_SIGN"`
	SMSRegion        string `env:"SMS_REGION" envDefault:"ap-guangzhou"`
	SMSBaseURL       string `env:"SMS_BASE_URL"`
	// SMSTemplates are the texts in use: name=id,source,source;…
	SMSTemplates string `env:"SMS_TEMPLATES"`

	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies networks `env:"TRUSTED_PROXIES"`
	// DeviceNetworks are the networks in which devices may be called.
	DeviceNetworks networks `env:"DEVICE_NETWORKS"`
	// RecipientNetworks are private networks that recipients may be in.
	RecipientNetworks networks `env:"RECIPIENT_NETWORKS"`
	// RecipientHTTP allows plain http towards RecipientNetworks.
	RecipientHTTP bool `env:"RECIPIENT_HTTP"`
	// LiftNetworks are private networks that lift controllers may be in, LiftHTTP
	// allows plain http towards them.
	LiftNetworks networks `env:"LIFT_NETWORKS"`
	LiftHTTP     bool     `env:"LIFT_HTTP"`

	// How long rows are kept, in days; bounds are service.RetentionBounds.
	KeepPassagesDays      int `env:"KEEP_PASSAGES_DAYS" envDefault:"30"`
	KeepAccessLogDays     int `env:"KEEP_ACCESS_LOG_DAYS" envDefault:"1095"`
	KeepConsentsDays      int `env:"KEEP_CONSENTS_DAYS" envDefault:"1095"`
	KeepDeclinedDays      int `env:"KEEP_DECLINED_DAYS" envDefault:"30"`
	KeepRosterImportsDays int `env:"KEEP_ROSTER_IMPORTS_DAYS" envDefault:"90"`
	KeepIncidentsDays     int `env:"KEEP_INCIDENTS_DAYS" envDefault:"180"`

	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info"`
	// OTelEndpoint is the URL of an OTLP/HTTP collector; empty for no traces.
	OTelEndpoint string `env:"OTEL_ENDPOINT"`

	// ShutdownGrace is how long the server goes on serving after readiness turned
	// red, so that a balancer can look away first.
	ShutdownGrace time.Duration `env:"SHUTDOWN_GRACE" envDefault:"0s"`
	// ShutdownDrain bounds the wait for requests under way.
	ShutdownDrain time.Duration `env:"SHUTDOWN_DRAIN" envDefault:"10s"`
	// ShutdownWorkers bounds the wait for workers, and then for the recorder.
	ShutdownWorkers time.Duration `env:"SHUTDOWN_WORKERS" envDefault:"10s"`

	// unknown are variables with our prefix that mean nothing to this version.
	unknown []string
	master  gm.Master
	// demo says that everybody is on this machine: scripts sign in often, from one address.
	demo bool
	// privately adds handlers to the private listener; the demo's clock uses it.
	privately map[string]http.Handler
}

// Values of Profile.
const (
	profileStandard = "standard"
	profileDJCP     = "djcp"
)

// serverDatabase is the file of a server that is told of no database.
const serverDatabase = "communitypass.db"

// DSN is the database as package store wants it.
func (c *Config) DSN() string {
	if c.Database.missing() {
		return filepath.Join(c.DataDir, serverDatabase)
	}
	return c.Database.reveal()
}

// retention is how long rows are kept.
func (c *Config) retention() service.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return service.Retention{Passages: days(c.KeepPassagesDays), AccessLog: days(c.KeepAccessLogDays), Consents: days(c.KeepConsentsDays),
		Declined: days(c.KeepDeclinedDays), RosterImports: days(c.KeepRosterImportsDays),
		Incidents: days(c.KeepIncidentsDays)}
}

// profile is how strict accounts of staff are.
func (c *Config) profile() service.Profile {
	if c.Profile == profileDJCP {
		return service.ProfileDJCP
	}
	return service.Profile{}
}

// anchorFile is where anchors are copied to.
func (c *Config) anchorFile() string {
	return cmp.Or(c.AnchorFile, filepath.Join(c.DataDir, "anchors.jsonl"))
}

// limits are how often one client may ask.
func (c *Config) limits() middleware.Limits {
	l := middleware.DefaultLimits()
	if c.demo {
		l.SignIn.Events, l.Enrol.Events, l.Codes.Events, l.QR.Events, l.Writes.Events, l.Ask.Events = 3000, 60, 6000, 6000, 6000, 600
	}
	return l
}

// onMySQL says that the database is a server and not a file.
func (c *Config) onMySQL() bool { return strings.HasPrefix(c.DSN(), "mysql://") }

// networks are CIDR prefixes, separated by commas.
type networks []netip.Prefix

func (n networks) strings() []string {
	var out []string
	for _, p := range n {
		out = append(out, p.String())
	}
	return out
}

// UnmarshalText reads "10.0.0.0/8, fd00::/8".
func (n *networks) UnmarshalText(b []byte) error {
	*n = nil
	for part := range strings.SplitSeq(string(b), ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return err
		}
		*n = append(*n, p.Masked())
	}
	return nil
}
