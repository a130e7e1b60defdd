package main

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// server is a house with what the program adds: figures, traces, readiness.
type server struct {
	*house.House
	cfg     *Config
	deps    service.Deps
	ready   *readiness
	metrics *prometheus.Registry
	tracing *sdk.TracerProvider
}

// openStore opens the database that the configuration names.
func openStore(ctx context.Context, cfg *Config, clock model.Clock) (*store.Store, error) {
	s, err := store.Open(ctx, store.Config{DSN: cfg.DSN(), MaxConnections: cfg.DatabasePool}, clock)
	return s, explain(err)
}

// build makes all parts on an open database; nothing runs yet. When it fails it
// has closed what it was given.
func build(ctx context.Context, cfg *Config, log *slog.Logger, s *store.Store, clock model.Clock) (*server, error) {
	h := &server{cfg: cfg, ready: &readiness{}, metrics: newMetrics(),
		deps: service.Deps{Store: s, Clock: clock, Directory: service.NewDirectory(s, cfg.master), Log: log, Profile: cfg.profile()}}
	if err := h.furnish(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *server) furnish(ctx context.Context) (err error) {
	if h.tracing, err = newTracing(ctx, h.cfg.OTelEndpoint); err != nil {
		return err
	}
	cfg := house.Config{PublicURL: h.cfg.PublicURL, Wechat: h.cfg.wechat(), RecipientNetworks: h.cfg.RecipientNetworks,
		RecipientHTTP: h.cfg.RecipientHTTP, DeviceNetworks: h.cfg.DeviceNetworks, LiftNetworks: h.cfg.LiftNetworks, LiftHTTP: h.cfg.LiftHTTP, TrustedProxies: h.cfg.TrustedProxies.strings(), Limits: h.cfg.limits(),
		SMS: h.cfg.sms(), Ways: h.cfg.ways(), Metrics: h.metrics, Serving: h.ready.serving,
		DataDir: h.cfg.DataDir, Retention: h.cfg.retention(), AnchorFile: h.cfg.anchorFile(), MQTT: h.cfg.mqtt(), Redis: h.cfg.redis(),
		SIP: h.cfg.sip(), SIPCommunities: h.cfg.upperCommunities()}
	if h.tracing != nil {
		cfg.Tracer = h.tracing
	}
	if h.House, err = house.New(ctx, h.deps, cfg); err != nil {
		return explain(err)
	}
	return hasKeys(h.deps.Directory)
}

// process puts the server behind its sockets.
func (h *server) process(on *sockets) *process {
	p := &process{log: h.deps.Log, ready: h.ready,
		listeners: []*listener{listen(on.public, h.Handler, h.deps.Log), listen(on.private, private(h.metrics, h.cfg.privately), h.deps.Log)},
		recorder:  worker{"recorder", h.Recorder.Run}, close: h.close,
		grace: h.cfg.ShutdownGrace, drain: h.cfg.ShutdownDrain, patience: h.cfg.ShutdownWorkers}
	// Streams would last beyond any drain.
	p.listeners[0].RegisterOnShutdown(h.Streams.Close)
	if on.devices != nil {
		p.listeners = append(p.listeners, listen(on.devices, h.Devices, h.deps.Log))
	}
	if on.mqtt != nil {
		p.workers = append(p.workers, worker{"mqtt-broker", h.serveBroker(on.mqtt)})
	}
	if on.sip != nil {
		p.workers = append(p.workers, worker{"sip", func(ctx context.Context) { h.SIP.Serve(ctx, on.sip.stream, on.sip.datagrams) }})
	}
	if on.sia != nil {
		p.workers = append(p.workers, worker{"sia", func(ctx context.Context) { h.SIA.Serve(ctx, on.sia.stream, on.sia.datagrams) }})
	}
	for _, l := range h.Loops {
		p.workers = append(p.workers, worker{l.Name, l.Run})
	}
	return p
}

// serveBroker lets devices in that speak by topics.
func (h *server) serveBroker(socket net.Listener) func(context.Context) {
	return func(ctx context.Context) {
		h.deps.Log.Info("listening", "address", socket.Addr().String(), "for", "mqtt")
		if err := h.Broker.Serve(ctx, socket); err != nil {
			h.deps.Log.Error("mqtt broker", "error", err)
		}
	}
}

// close lets go of everything but the sockets, the database last.
func (h *server) close() error {
	if h.House != nil {
		h.House.Close()
	}
	var traces error
	if h.tracing != nil {
		ctx, cancel := context.WithTimeout(context.Background(), h.cfg.ShutdownWorkers)
		defer cancel()
		traces = h.tracing.Shutdown(ctx)
	}
	return errors.Join(traces, h.deps.Store.Close())
}
