package main

import (
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/middleware"
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

	WechatAppID      string `env:"WECHAT_APP_ID"`
	WechatSecret     secret `env:"WECHAT_SECRET,unset"`
	WechatSecretFile string `env:"WECHAT_SECRET_FILE"`
	WechatBaseURL    string `env:"WECHAT_BASE_URL"`

	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies networks `env:"TRUSTED_PROXIES"`
	// RecipientNetworks are private networks that recipients may be in.
	RecipientNetworks networks `env:"RECIPIENT_NETWORKS"`
	// RecipientHTTP allows plain http towards RecipientNetworks.
	RecipientHTTP bool `env:"RECIPIENT_HTTP"`

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

// serverDatabase is the file of a server that is told of no database.
const serverDatabase = "communitypass.db"

// DSN is the database as package store wants it.
func (c *Config) DSN() string {
	if c.Database.missing() {
		return filepath.Join(c.DataDir, serverDatabase)
	}
	return c.Database.reveal()
}

// limits are how often one client may ask.
func (c *Config) limits() middleware.Limits {
	l := middleware.DefaultLimits()
	if c.demo {
		l.SignIn.Events, l.Enrol.Events, l.Codes.Events, l.QR.Events, l.Writes.Events = 3000, 60, 6000, 6000, 6000
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
