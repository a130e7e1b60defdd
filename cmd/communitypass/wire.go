package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/qr"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/wechat"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// house is everything that is built, in the order of building.
type house struct {
	cfg      *Config
	log      *slog.Logger
	deps     service.Deps
	ready    *readiness
	metrics  *prometheus.Registry
	tracing  *sdk.TracerProvider
	wechat   *wechat.Client
	images   *qr.Cache
	recorder *store.Recorder
	gates    *service.Gates
	handler  http.Handler
	workers  []worker
	// newBootstrapToken is what the first start with no staff asks.
	newBootstrapToken newBootstrapToken
}

// imagesKept bounds the memory for pass codes drawn as images: some 10 MB.
const imagesKept = 4096

// openStore opens the database that the configuration names.
func openStore(ctx context.Context, cfg *Config, clock model.Clock) (*store.Store, error) {
	s, err := store.Open(ctx, store.Config{DSN: cfg.DSN(), MaxConnections: cfg.DatabasePool}, clock)
	return s, explain(err)
}

// build makes all parts on an open database; nothing runs yet. When it fails it
// has closed what it was given.
func build(ctx context.Context, cfg *Config, log *slog.Logger, s *store.Store, clock model.Clock) (*house, error) {
	h := &house{cfg: cfg, log: log, ready: &readiness{ping: s.Ping}, metrics: newMetrics(), images: qr.NewCache(imagesKept),
		deps: service.Deps{Store: s, Clock: clock, Directory: service.NewDirectory(s, cfg.master), Log: log}}
	if err := h.furnish(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// furnish is the list of the parts: memory, outside systems, services, HTTP,
// workers.
func (h *house) furnish(ctx context.Context) (err error) {
	// The feed remembers where it begins before the directory is loaded, so that
	// no change falls between them.
	feed, err := service.NewFeed(ctx, h.deps)
	if err != nil {
		return explain(err)
	}
	if err := h.deps.Directory.Load(ctx); err != nil {
		return explain(err)
	}
	if err := hasKeys(h.deps.Directory); err != nil {
		return err
	}
	if h.tracing, err = newTracing(ctx, h.cfg.OTelEndpoint); err != nil {
		return err
	}
	if h.wechat, err = wechat.New(h.cfg.wechat(), h.deps.Clock); err != nil {
		return fail("微信配置不正确。", "WeChat is not configured properly.", err)
	}
	h.recorder = store.NewRecorder(h.deps.Store)
	h.gates = service.NewGates(h.deps, h.recorder)

	h.handler = probes(h.ready)

	h.workers = []worker{
		{"feed", feed.Run},
	}
	return nil
}

// process opens the sockets.
func (h *house) process() (*process, error) {
	public, err := listen(h.cfg.Listen, h.handler, h.log)
	if err != nil {
		return nil, err
	}
	inner, err := listen(h.cfg.PrivateListen, private(h.metrics), h.log)
	if err != nil {
		return nil, errors.Join(err, public.socket.Close())
	}
	return &process{log: h.log, ready: h.ready, listeners: []*listener{public, inner}, workers: h.workers,
		recorder: worker{"recorder", h.recorder.Run}, close: h.close,
		grace: h.cfg.ShutdownGrace, drain: h.cfg.ShutdownDrain, patience: h.cfg.ShutdownWorkers}, nil
}

// close lets go of everything but the sockets, the database last.
func (h *house) close() error {
	if h.wechat != nil {
		h.wechat.Close()
	}
	var traces error
	if h.tracing != nil {
		ctx, cancel := context.WithTimeout(context.Background(), h.cfg.ShutdownWorkers)
		defer cancel()
		traces = h.tracing.Shutdown(ctx)
	}
	return errors.Join(traces, h.deps.Store.Close())
}

// probes answers whether the process lives and whether it can work.
func probes(ready *readiness) http.Handler {
	answer := func(w http.ResponseWriter, status int, body map[string]string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready.check(r.Context()); err != nil {
			answer(w, http.StatusServiceUnavailable, map[string]string{"code": string(model.CodeOf(err))})
			return
		}
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	return mux
}
