package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDefaultsServeOneMachine(t *testing.T) {
	cfg, err := readConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Listen != "127.0.0.1:8080" || cfg.PrivateListen != "127.0.0.1:9090" || cfg.DSN() != filepath.Join("data", "communitypass.db") {
		t.Errorf("defaults are %+v, database %s", cfg, cfg.DSN())
	}
	if cfg.DatabasePool != 16 || cfg.LogLevel != slog.LevelInfo || cfg.ShutdownDrain != 10*time.Second || len(cfg.TrustedProxies)+len(cfg.RecipientNetworks) != 0 {
		t.Errorf("defaults are %+v", cfg)
	}
}

func TestCompleteConfigurationIsTaken(t *testing.T) {
	environ := complete(t, "COMMUNITYPASS_RECIPIENT_NETWORKS=10.1.2.3/8, fd00::/8", "COMMUNITYPASS_RECIPIENT_HTTP=true",
		"COMMUNITYPASS_LOG_LEVEL=debug", "COMMUNITYPASS_OTEL_ENDPOINT=http://127.0.0.1:4318", "COMMUNITYPASS_WECHAT_BASE_URL=")
	cfg, err := readConfig(environ, forServing...)
	if err != nil {
		t.Fatal(err)
	}
	want := networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	if !reflect.DeepEqual(cfg.RecipientNetworks, want) || !cfg.RecipientHTTP || cfg.LogLevel != slog.LevelDebug {
		t.Errorf("read as %+v", cfg)
	}
	if cfg.master.Hex() != masterKey || cfg.wechat().Secret != appSecret {
		t.Error("a secret was not read")
	}
}

func TestProblemsAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ set, names string }{
		"no port":                {"LISTEN=localhost", "LISTEN"},
		"same port twice":        {"PRIVATE_LISTEN=127.0.0.1:7", "PRIVATE_LISTEN"},
		"pool of nothing":        {"DATABASE_POOL=0", "DATABASE_POOL"},
		"pool in words":          {"DATABASE_POOL=many", "DATABASE_POOL"},
		"mysql without name":     {"DATABASE=mysql://u:p@host:3306/", "DATABASE"},
		"mysql without user":     {"DATABASE=mysql://host/name", "DATABASE"},
		"mysql with odd letters": {"DATABASE=mysql://u:p%zz@host/name", "DATABASE"},
		"mysql with parameters":  {"DATABASE=mysql://u:p@host/name?tls=yes", "DATABASE"},
		"mysql with a fragment":  {"DATABASE=mysql://u:p#p@host/name", "DATABASE"},
		"another database":       {"DATABASE=postgres://u:p@host/name", "DATABASE"},
		"proxy without mask":     {"TRUSTED_PROXIES=10.0.0.1", "TRUSTED_PROXIES"},
		"trust everybody":        {"TRUSTED_PROXIES=10.0.0.0/8,0.0.0.0/0", "TRUSTED_PROXIES"},
		"recipients anywhere":    {"RECIPIENT_NETWORKS=::/0", "RECIPIENT_NETWORKS"},
		"http to nowhere":        {"RECIPIENT_HTTP=true", "RECIPIENT_HTTP"},
		"http perhaps":           {"RECIPIENT_HTTP=perhaps", "RECIPIENT_HTTP"},
		"log level":              {"LOG_LEVEL=loud", "LOG_LEVEL"},
		"time without unit":      {"SHUTDOWN_DRAIN=10", "SHUTDOWN_DRAIN"},
		"no time to drain":       {"SHUTDOWN_DRAIN=0s", "SHUTDOWN_DRAIN"},
		"an hour to stop":        {"SHUTDOWN_WORKERS=1h", "SHUTDOWN_WORKERS"},
		"passages for days":      {"KEEP_PASSAGES_DAYS=6", "KEEP_PASSAGES_DAYS"},
		"passages for ever":      {"KEEP_PASSAGES_DAYS=181", "KEEP_PASSAGES_DAYS"},
		"passages not at all":    {"KEEP_PASSAGES_DAYS=0", "KEEP_PASSAGES_DAYS"},
		"looks too short":        {"KEEP_ACCESS_LOG_DAYS=179", "KEEP_ACCESS_LOG_DAYS"},
		"consents too short":     {"KEEP_CONSENTS_DAYS=179", "KEEP_CONSENTS_DAYS"},
		"declined too long":      {"KEEP_DECLINED_DAYS=366", "KEEP_DECLINED_DAYS"},
		"imports backwards":      {"KEEP_ROSTER_IMPORTS_DAYS=-1", "KEEP_ROSTER_IMPORTS_DAYS"},
		"traces to a path":       {"OTEL_ENDPOINT=/traces", "OTEL_ENDPOINT"},
		"broker port":            {"MQTT_LISTEN=1883", "MQTT_LISTEN"},
		"broker by web":          {"MQTT_URL=https://broker.example.cn", "MQTT_URL"},
		"broker with login":      {"MQTT_URL=mqtt://u:p@broker.example.cn", "MQTT_URL"},
		"broker with path":       {"MQTT_URL=mqtts://broker.example.cn/house", "MQTT_URL"},
		"redis by web":           {"REDIS_URL=https://redis.example.cn", "REDIS_URL"},
		"redis with login":       {"REDIS_URL=redis://u:p@redis.example.cn", "REDIS_URL"},
		"redis with a name":      {"REDIS_URL=redis://redis.example.cn/house", "REDIS_URL"},
		"no master key":          {"MASTER_KEY=", "MASTER_KEY"},
		"short master key":       {"MASTER_KEY=abc", "MASTER_KEY"},
		"guessable master key":   {"MASTER_KEY=00000000000000000000000000000000", "MASTER_KEY"},
		"no public url":          {"PUBLIC_URL=", "PUBLIC_URL"},
		"public http":            {"PUBLIC_URL=http://pass.example.cn", "PUBLIC_URL"},
		"public with path":       {"PUBLIC_URL=https://pass.example.cn/app", "PUBLIC_URL"},
		"public with user":       {"PUBLIC_URL=https://u@pass.example.cn", "PUBLIC_URL"},
		"no wechat app":          {"WECHAT_APP_ID=", "WECHAT_APP_ID"},
		"wechat app with spaces": {"WECHAT_APP_ID=wx 1", "WECHAT_APP_ID"},
		"no wechat secret":       {"WECHAT_SECRET=", "WECHAT_SECRET"},
		"sip without a code":     {"SIP_LISTEN=127.0.0.1:5060", "SIP_ID"},
		"sip upwards alone":      {"SIP_UPPER=sip:34020000002000000001@10.0.0.5:5060", "SIP_UPPER"},
		"sia without port":       {"SIA_LISTEN=localhost", "SIA_LISTEN"},
		"wechat in clear":        {"WECHAT_BASE_URL=http://127.0.0.1:1", "WECHAT_BASE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			variable, value, _ := strings.Cut(c.set, "=")
			environ := append(without(complete(t), variable), prefix+c.set)
			if name == "same port twice" {
				environ = append(without(environ, "LISTEN"), prefix+"LISTEN=127.0.0.1:7")
			}
			_, err := readConfig(environ, forServing...)
			if err == nil {
				t.Fatal("it was taken")
			}
			said := err.Error()
			if !strings.Contains(said, "has 1 problem") || !strings.Contains(said, "\n  "+prefix+c.names+"\n") {
				t.Errorf("said %q", said)
			}
			if len(value) > 8 && strings.Contains(said, value) {
				t.Errorf("the value is repeated: %q", said)
			}
		})
	}
}

func TestLoopbackMayDoWithoutTLS(t *testing.T) {
	for _, u := range []string{"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", "https://a.example"} {
		if _, err := readConfig(append(without(complete(t), "PUBLIC_URL"), prefix+"PUBLIC_URL="+u), forServing...); err != nil {
			t.Errorf("%s: %v", u, err)
		}
	}
}

func TestAllProblemsAreListedInBothLanguages(t *testing.T) {
	_, err := readConfig([]string{"COMMUNITYPASS_LISTEN=nowhere", "COMMUNITYPASS_DATABASE_POOL=x"}, forServing...)
	said := err.Error()
	for _, want := range []string{"6 problem", "LISTEN", "DATABASE_POOL", "MASTER_KEY", "PUBLIC_URL", "WECHAT_APP_ID", "WECHAT_SECRET", "没有设置", "is not set"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in %q", want, said)
		}
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	environ := without(without(without(complete(t), "MASTER_KEY"), "DATABASE"), "WECHAT_SECRET")
	cfg, err := readConfig(append(environ, prefix+"MASTER_KEY_FILE="+write("m", masterKey+"\n"),
		prefix+"WECHAT_SECRET_FILE="+write("w", appSecret+"\r\n"),
		prefix+"DATABASE_FILE="+write("d", "mysql://u:p@db/name\n")), forServing...)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.master.Hex() != masterKey || cfg.wechat().Secret != appSecret || cfg.DSN() != "mysql://u:p@db/name" {
		t.Error("a file was not read as it stands")
	}
	for name, c := range map[string]struct{ set, says string }{
		"both":      {"MASTER_KEY=" + masterKey + "\n" + "MASTER_KEY_FILE=" + write("x", masterKey), "set one of them"},
		"absent":    {"MASTER_KEY_FILE=" + filepath.Join(dir, "absent"), "does not exist"},
		"empty":     {"MASTER_KEY_FILE=" + write("e", "\n"), "empty file"},
		"a folder":  {"MASTER_KEY_FILE=" + dir, "cannot be read"},
		"too large": {"MASTER_KEY_FILE=" + write("l", strings.Repeat("a", secretLimit+1)), "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			e := without(complete(t), "MASTER_KEY")
			for line := range strings.SplitSeq(c.set, "\n") {
				e = append(e, prefix+line)
			}
			if _, err := readConfig(e, needPublicURL); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), masterKey) {
				t.Errorf("said %v", err)
			}
		})
	}
}

// TestSecretsLeaveTheEnvironment cannot be parallel: it looks at the process.
func TestSecretsLeaveTheEnvironment(t *testing.T) {
	t.Setenv("COMMUNITYPASS_MASTER_KEY", masterKey)
	t.Setenv("COMMUNITYPASS_DATABASE", "mysql://u:p@db/name")
	t.Setenv("COMMUNITYPASS_WECHAT_SECRET", appSecret)
	cfg, err := readConfig(os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	if cfg.MasterKey.reveal() != masterKey {
		t.Error("the secret was not read")
	}
	for _, line := range os.Environ() {
		if strings.Contains(line, masterKey) || strings.Contains(line, appSecret) || strings.Contains(line, "u:p@db") {
			t.Errorf("still there: %s", line)
		}
	}
}

func TestConfigurationNeverPrintsSecrets(t *testing.T) {
	cfg, err := readConfig(complete(t), forServing...)
	if err != nil {
		t.Fatal(err)
	}
	js, _ := json.Marshal(cfg)
	var log strings.Builder
	newLog(&log, 0).Info("config", "all", cfg, "master", cfg.MasterKey, "key", cfg.master)
	for _, printed := range []string{fmt.Sprintf("%v %+v %#v %s", *cfg, *cfg, *cfg, cfg.MasterKey), string(js), log.String()} {
		if strings.Contains(printed, masterKey) || strings.Contains(printed, appSecret) {
			t.Errorf("a secret is printed in %s", printed)
		}
	}
}

func TestUnknownVariablesAreNotRefused(t *testing.T) {
	cfg, err := readConfig([]string{"COMMUNITYPASS_LISTN=x", "OTHER=y", "COMMUNITYPASS_NEW_THING=z", "COMMUNITYPASS_LISTEN="})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(cfg.unknown, []string{"COMMUNITYPASS_LISTN", "COMMUNITYPASS_NEW_THING"}) {
		t.Errorf("unknown are %v", cfg.unknown)
	}
}

// TestSampleNamesEveryVariable holds communitypass.env.sample and Config together.
func TestSampleNamesEveryVariable(t *testing.T) {
	sample, err := os.ReadFile("../../communitypass.env.sample")
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]bool{}
	for line := range strings.Lines(string(sample)) {
		name, _, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "#"), "=")
		if ok && strings.HasPrefix(name, prefix) {
			in[strings.TrimPrefix(name, prefix)] = true
		}
	}
	for name := range fields() {
		if !in[name] {
			t.Errorf("%s%s is not in the sample", prefix, name)
		}
		delete(in, name)
	}
	for name := range in {
		t.Errorf("%s%s of the sample means nothing", prefix, name)
	}
}
