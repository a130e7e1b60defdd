package main

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// problem is one thing wrong with the configuration. Its sentence follows the
// name of the variable and never repeats the value.
type problem struct {
	name string
	text
}

func one(name, zh, en string) []problem { return []problem{{name, text{zh: zh, en: en}}} }

// check finds what is wrong with a configuration.
type check func(*Config) []problem

// readConfig reads the environment and judges all of it at once: what a command
// needs is added as further checks. Secrets are taken out of the environment, so
// that they are not handed on to what this process may start.
func readConfig(environ []string, needs ...check) (*Config, error) {
	cfg, problems := parseConfig(environ)
	for _, c := range append(slices.Clone(shapes), needs...) {
		problems = append(problems, c(cfg)...)
	}
	if len(problems) > 0 {
		return nil, refused(problems)
	}
	return cfg, nil
}

// parseConfig reads the environment as far as it can be read.
func parseConfig(environ []string) (*Config, []problem) {
	cfg := new(Config)
	values := lookup(environ)
	var all env.AggregateError
	problems := []problem{}
	if errors.As(env.ParseWithOptions(cfg, env.Options{Environment: values, Prefix: prefix}), &all) {
		for _, err := range all.Errors {
			problems = append(problems, misread(err))
		}
	}
	problems = append(problems, cfg.Database.from(cfg.DatabaseFile, "DATABASE")...)
	problems = append(problems, cfg.MasterKey.from(cfg.MasterKeyFile, "MASTER_KEY")...)
	problems = append(problems, cfg.WechatSecret.from(cfg.WechatSecretFile, "WECHAT_SECRET")...)
	problems = append(problems, cfg.SMSSecretKey.from(cfg.SMSSecretKeyFile, "SMS_SECRET_KEY")...)
	problems = append(problems, cfg.MQTTPassword.from(cfg.MQTTPasswordFile, "MQTT_PASSWORD")...)
	problems = append(problems, cfg.RedisPassword.from(cfg.RedisPasswordFile, "REDIS_PASSWORD")...)
	problems = append(problems, cfg.SIPUpperPassword.from(cfg.SIPUpperPasswordFile, "SIP_UPPER_PASSWORD")...)
	cfg.unknown = unknown(values)
	return cfg, problems
}

// lookup turns "name=value" lines into a map. An empty value is no value, as env
// files have it.
func lookup(environ []string) map[string]string {
	out := make(map[string]string, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok && value != "" {
			out[name] = value
		}
	}
	return out
}

// unknown lists variables with our prefix that this version does not know: a
// typing error or another version's. They are told, not refused, so that one
// file serves two versions.
func unknown(values map[string]string) []string {
	known := map[string]bool{}
	for field := range fields() {
		known[prefix+field] = true
	}
	var out []string
	for name := range values {
		if strings.HasPrefix(name, prefix) && !known[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// fields maps the variables, without prefix, to the fields of Config.
func fields() map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("env"), ","); name != "" {
			out[name] = f
		}
	}
	return out
}

// misread says which variable could not be read, and what it should look like.
func misread(err error) problem {
	var parse env.ParseError
	if !errors.As(err, &parse) {
		return problem{"", text{zh: "配置读不出来。", en: "the environment cannot be read."}}
	}
	for name, f := range fields() {
		if f.Name != parse.Name {
			continue
		}
		switch f.Type.String() {
		case "int":
			return one(name, "应是整数。", "must be a whole number.")[0]
		case "bool":
			return one(name, "应是 true 或 false。", "must be true or false.")[0]
		case "time.Duration":
			return one(name, "应是时长，例如 10s。", "must be a length of time such as 10s.")[0]
		case "slog.Level":
			return one(name, "应是 debug、info、warn 或 error。", "must be debug, info, warn or error.")[0]
		}
		return one(name, "应是网段，多个用逗号隔开，例如 10.0.0.0/8,192.168.1.5/32。",
			"must be networks separated by commas, such as 10.0.0.0/8,192.168.1.5/32.")[0]
	}
	return problem{"", text{zh: "配置读不出来。", en: "the environment cannot be read."}}
}

// refused is the failure that lists every problem in both languages, the first
// one of each variable.
func refused(problems []problem) error {
	slices.SortStableFunc(problems, func(a, b problem) int { return strings.Compare(a.name, b.name) })
	problems = slices.CompactFunc(problems, func(a, b problem) bool { return a.name == b.name })
	var list strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&list, "\n  %s\n    %s\n    %s", prefix+p.name, p.zh, p.en)
	}
	return fail(fmt.Sprintf("配置有 %d 处问题：%s", len(problems), list.String()),
		fmt.Sprintf("The configuration has %d problem(s):%s", len(problems), list.String()))
}
