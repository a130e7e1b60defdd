package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"

	"github.com/spf13/cobra"
)

// demo is one run of the demonstration: a server like any other, in a small world
// that is simulated around it.
type demo struct {
	*program
	listen, private, data, dsn string
	json                       bool
	devices                    []string // kinds that are played beside the people
	clock                      *model.MovableClock
	world                      simulator.World
	outside                    *demoOutside
	house                      *server
	settled                    simulator.Settled
	memory                     demoMemory
	deviceURL                  string // where devices of other makers send
	mqttURL                    string // where those connect that speak by topics
	sipAddress, siaAddress     string // where video devices and alarm panels call
	baseURL, privateURL        string
	address                    string          // where the API listens
	life                       context.Context // what works beside the server ends with it

	gateMu sync.Mutex
	gate   *agentGate // nil until it is opened
}

func (p *program) demoCommand() *cobra.Command {
	d := &demo{program: p, clock: model.NewMovableClock(nil), world: simulator.Cast()}
	c := &cobra.Command{Use: "demo", Args: cobra.NoArgs,
		Short: "A small world with people in it, to try everything 演示：一个有人的小世界",
		RunE: func(c *cobra.Command, _ []string) error {
			if d.json && !c.Flags().Changed("devices") {
				d.devices = nil
			}
			return d.run(c.Context())
		}}
	c.Flags().StringVar(&d.listen, "listen", "127.0.0.1:8080", "address of the API 接口地址")
	c.Flags().StringVar(&d.private, "private", "127.0.0.1:0", "address of metrics, profiles and the clock 私有地址")
	c.Flags().StringVar(&d.data, "data", "./data/demo", "folder of the database 数据目录")
	c.Flags().StringVar(&d.dsn, "database", "", "mysql://user:password@host:3306/name instead of a file in the data folder 数据库")
	c.Flags().BoolVar(&d.json, "json", false, "print one JSON object and play nothing but the devices that are named 只输出 JSON")
	c.Flags().StringSliceVar(&d.devices, "devices", demoDevices, "kinds of devices to play, with commas between; empty for none 模拟的设备")
	return c
}

// run builds the world, shows it, plays the journey once and serves until stopped.
func (d *demo) run(ctx context.Context) error {
	cfg, err := d.config()
	if err != nil {
		return err
	}
	on, err := openSockets(cfg)
	if err != nil {
		return err
	}
	d.deviceURL = "http://" + on.devices.Addr().String()
	d.mqttURL = "mqtt://" + on.mqtt.Addr().String()
	d.sipAddress, d.siaAddress = on.sip.stream.Addr().String(), on.sia.stream.Addr().String()
	d.baseURL, d.privateURL = "http://"+on.public.Addr().String(), "http://"+on.private.Addr().String()
	d.address, cfg.PublicURL = on.public.Addr().String(), d.baseURL
	if err := d.recall(); err != nil {
		return errors.Join(err, on.close())
	}
	if d.outside, err = openDemoOutside(d.world, d.clock, d.memory.PropertyAddress); err != nil {
		return errors.Join(err, on.close())
	}
	if d.memory.PropertyAddress == "" {
		d.memory.PropertyAddress = d.outside.propertyAddress
	}
	if err := d.remember(); err != nil {
		return errors.Join(err, on.close(), d.outside.close())
	}
	cfg.WechatBaseURL, cfg.SMSBaseURL = d.outside.wechatURL, d.outside.smsURL
	if err := d.open(ctx, cfg); err != nil {
		return errors.Join(err, on.close(), d.outside.close())
	}
	return errors.Join(d.serve(ctx, d.house.process(on)), d.outside.close())
}

// open opens the database, builds the house on it and lets the people move in.
func (d *demo) open(ctx context.Context, cfg *Config) error {
	s, err := d.database(ctx, cfg)
	if err != nil {
		return err
	}
	if d.house, err = build(ctx, cfg, newLog(d.err, cfg.LogLevel), s, d.clock); err != nil {
		return err
	}
	if err := d.settle(ctx); err != nil {
		return errors.Join(err, d.house.close())
	}
	if err := d.openLift(ctx); err != nil {
		return errors.Join(err, d.house.close())
	}
	return nil
}

// serve runs the server, and beside it what the demo shows.
func (d *demo) serve(ctx context.Context, p *process) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.life = ctx
	go d.outside.lift.Run(ctx)
	shown := make(chan error, 1)
	go func() {
		err := d.show(ctx)
		if err != nil {
			cancel()
		}
		shown <- err
	}()
	err := p.run(ctx)
	cancel()
	return errors.Join(err, <-shown, d.closeGate())
}

// show waits until the server answers, tells what there is, and plays.
func (d *demo) show(ctx context.Context) error {
	for probe(ctx, d.baseURL+"/readyz") != nil {
		if model.Wait(ctx, 20*time.Millisecond) != nil {
			return nil // stopped before it began
		}
	}
	report, err := d.report(ctx)
	if err == nil {
		err = d.remember()
	}
	if err != nil {
		return err
	}
	if d.json {
		return errors.Join(report.print(d.out), d.playDevices(ctx, report, d.err))
	}
	gate, err := d.openGate(ctx)
	if ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return err
	}
	report.Agent.Page = gate.page
	if err := report.tell(d.out); err != nil {
		return err
	}
	if err := d.play(ctx, report); err != nil {
		return err
	}
	if err := d.farewell(); err != nil {
		return err
	}
	return d.playDevices(ctx, report, d.out)
}
