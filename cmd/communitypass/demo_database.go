package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/store"
)

// The mini-program of the simulated WeChat. The secret is none: both sides of it
// are in this process.
const (
	demoAppID     = "wxdemo0000000000"
	demoTemplate  = "demo-template"
	demoSIPID     = "34020000002000000001"
	demoAppSecret = "demo-secret-of-the-simulated-wechat"
	demoTexter    = "demo-account-of-the-simulated-sms"
)

// config is an ordinary configuration, but for what only a demo may do: a master
// key of its own beside the database, and recipients on this machine.
func (d *demo) config() (*Config, error) {
	cfg, err := readConfig(nil)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(d.data, serverDatabase)); err == nil {
		return nil, notOfDemo()
	}
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		return nil, fail("不能创建数据目录 "+d.data+"。", "Cannot make the data folder "+d.data+".", err)
	}
	master, err := d.master()
	if err != nil {
		return nil, err
	}
	cfg.Listen, cfg.PrivateListen, cfg.DataDir, cfg.master = d.listen, d.private, d.data, master
	cfg.DeviceListen, cfg.MQTTListen, cfg.SIPListen, cfg.SIAListen = anyPort, anyPort, anyPort, anyPort
	cfg.SIPID = demoSIPID
	cfg.Database = newSecret(cmp.Or(d.dsn, filepath.Join(d.data, "demo.db")))
	cfg.WechatAppID, cfg.WechatSecret = demoAppID, newSecret(demoAppSecret)
	cfg.WechatTemplates = "*=" + demoTemplate + ",thing1:text,time2:time"
	cfg.SMSTemplates, cfg.SMSSecretID, cfg.SMSSecretKey = "*=demo-text,community", demoTexter, newSecret(demoTexter)
	cfg.SMSAppID, cfg.SMSSign = "demo", "演示小区"
	cfg.RecipientHTTP, cfg.LiftHTTP, cfg.demo = true, true, true
	for _, p := range []string{"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
		cfg.RecipientNetworks = append(cfg.RecipientNetworks, netip.MustParsePrefix(p))
		cfg.LiftNetworks = append(cfg.LiftNetworks, netip.MustParsePrefix(p))
	}
	cfg.DeviceNetworks = cfg.RecipientNetworks
	cfg.LogLevel = slog.LevelWarn
	cfg.privately = d.privately()
	return cfg, nil
}

// master is the demo's master key: made once, kept in the data folder.
func (d *demo) master() (gm.Master, error) {
	path := filepath.Join(d.data, "demo.key")
	text, err := os.ReadFile(path)
	if err == nil {
		return gm.ParseMaster(string(text))
	}
	m := gm.NewMaster()
	if !errors.Is(err, fs.ErrNotExist) {
		return m, fail("不能读取 "+path+"。", "Cannot read "+path+".", err)
	}
	if err := os.WriteFile(path, []byte(m.Hex()), 0o600); err != nil {
		return m, fail("不能写入 "+path+"。", "Cannot write "+path+".", err)
	}
	return m, nil
}

// database opens and migrates the demo's database, and refuses one that is not.
func (d *demo) database(ctx context.Context, cfg *Config) (*store.Store, error) {
	s, err := openStore(ctx, cfg, d.clock)
	if err != nil {
		return nil, err
	}
	if err := d.claim(ctx, cfg, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// notOfDemo is said of a server's database, and of a folder that holds one.
func notOfDemo() error {
	return fail("这个数据库不是 demo 创建的，demo 拒绝使用它。请换一个 --data 目录。",
		"This database was not made by demo, which refuses to touch it. Give another --data folder.")
}

// claim marks an empty database as the demo's, or finds the mark.
func (d *demo) claim(ctx context.Context, cfg *Config, s *store.Store) error {
	schema, err := s.Schema(ctx)
	if err != nil {
		return explain(err)
	}
	if schema.Current > 0 {
		switch _, err := s.View(ctx).Meta(store.MetaDemo); {
		case model.IsNotFound(err):
			return notOfDemo()
		case err != nil:
			return explain(err)
		}
	}
	if _, err := s.Migrate(ctx); err != nil {
		return explain(err)
	}
	if schema.Current > 0 {
		return nil
	}
	if err := s.Update(ctx, func(tx *store.Tx) error { return tx.SetMeta(store.MetaDemo, version()) }); err != nil {
		return explain(err)
	}
	directory := service.NewDirectory(s, cfg.master)
	_, err = service.NewKeyRing(service.Deps{Store: s, Clock: d.clock, Directory: directory, Log: newLog(d.err, 0)}).EnsureFirst(ctx)
	return explain(err)
}

// settle makes the people and places, or takes up those of the last run.
func (d *demo) settle(ctx context.Context) error {
	path := filepath.Join(d.data, "demo.json")
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := json.Unmarshal(text, &d.settled); err != nil {
			return fail(path+" 已损坏。请删除整个目录重来。", path+" is damaged. Remove the folder and start again.", err)
		}
		return d.outside.trust(d.settled.Secret, d.house.deps.Directory)
	case !errors.Is(err, fs.ErrNotExist):
		return fail("不能读取 "+path+"。", "Cannot read "+path+".", err)
	}
	if d.settled, err = simulator.Settle(ctx, d.world, d.services(), d.outside.propertyURL+"/events", d.outside.propertyURL+"/city"); err != nil {
		return explain(err)
	}
	if text, err = json.MarshalIndent(d.settled, "", "  "); err != nil {
		return explain(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fail("不能写入 "+path+"。", "Cannot write "+path+".", err)
	}
	return d.outside.trust(d.settled.Secret, d.house.deps.Directory)
}

func (d *demo) services() simulator.Services {
	s := d.house.Services
	return simulator.Services{Deps: d.house.deps, Sessions: s.Sessions, Staff: s.Staff, Places: s.Places, Households: s.Households,
		Residents: s.Residents, Residencies: s.Residencies, Devices: s.Devices, Recipients: s.Recipients}
}
