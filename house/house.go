// Package house puts the parts together: the one list of what the server is made
// of, for the program, for tests and for measurements alike. It holds no rule.
package house

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/qr"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/webhook"
	"communitypass.cn/communitypass/wechat"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// Config is what the parts need to be told.
type Config struct {
	// PublicURL is where people and devices reach the server, without a path.
	PublicURL string
	Wechat    wechat.Config
	// RecipientNetworks are networks that are not public in which recipients may
	// be; RecipientHTTP allows plain http towards them.
	RecipientNetworks []netip.Prefix
	RecipientHTTP     bool
	TrustedProxies    []string
	Limits            middleware.Limits
	Metrics           prometheus.Registerer
	// Tracer is nil when nothing is traced.
	Tracer trace.TracerProvider
	// Serving says whether the process wants requests; nil is always.
	Serving func() bool
	// OnBadAnswer, for tests, is told of answers that do not fit the contract.
	OnBadAnswer func(operationID string, err error)
}

// House is a server without its sockets: an HTTP handler, and loops that run
// beside it.
type House struct {
	Services Services
	Handler  http.Handler
	Recorder *store.Recorder
	// Loops run until their context ends. Recorder.Run is not among them: it must
	// outlive them, since they may record.
	Loops []Loop

	deps   service.Deps
	cfg    Config
	wechat *wechat.Client
	sender *webhook.Sender
}

// Loop is a named loop in the background.
type Loop struct {
	Name string
	Run  func(ctx context.Context)
}

// Services are the use cases.
type Services struct {
	Sessions    *service.Sessions
	Staff       *service.Staff
	Residents   *service.Residents
	Residencies *service.Residencies
	Households  *service.Households
	RosterFiles *service.RosterFiles
	Codes       *service.Codes
	Places      *service.Places
	Devices     *service.Devices
	Gates       *service.Gates
	Passages    *service.Passages
	Recipients  *service.Recipients
	Deliveries  *service.Deliveries
	Forwarder   *service.Forwarder
	System      *service.System
}

// imagesKept bounds the memory for pass codes drawn as images: some 10 MB.
const imagesKept = 4096

// New builds a house on an open database; nothing runs yet. Close lets go of it,
// also after an error. The database stays the caller's.
func New(ctx context.Context, d service.Deps, cfg Config) (*House, error) {
	h := &House{deps: d, cfg: cfg, Recorder: store.NewRecorder(d.Store)}
	// The feed remembers where it begins before the directory is loaded, so that
	// no change falls between them.
	feed, err := service.NewFeed(ctx, d)
	if err != nil {
		return h, err
	}
	if err := d.Directory.Load(ctx); err != nil {
		return h, err
	}
	if h.wechat, err = wechat.New(cfg.Wechat, d.Clock); err != nil {
		return h, errors.Join(model.Fail(model.CodeWechatUnavailable), err)
	}
	h.sender = webhook.NewSender(webhook.Options{AllowedPrefixes: cfg.RecipientNetworks, AllowHTTP: cfg.RecipientHTTP}, d.Clock)
	h.employ()
	if err := h.Services.Gates.LoadUses(ctx); err != nil {
		return h, err
	}
	if h.Handler, err = h.route(); err != nil {
		return h, err
	}
	h.Loops, err = h.loops(feed)
	return h, err
}

// Close ends idle connections to the outside.
func (h *House) Close() {
	if h.wechat != nil {
		h.wechat.Close()
	}
	if h.sender != nil {
		h.sender.Close()
	}
}

// employ makes the use cases.
func (h *House) employ() {
	d := h.deps
	out := courier{h.sender, d.Directory}
	passwords := service.NewPasswords()
	forwarder := service.NewForwarder(d, out)
	h.Services = Services{
		Sessions:    service.NewSessions(d, signIn{h.wechat}, h.cfg.Wechat.AppID, passwords),
		Staff:       service.NewStaff(d, passwords),
		Residents:   service.NewResidents(d, h.wechat),
		Residencies: service.NewResidencies(d),
		Households:  service.NewHouseholds(d),
		RosterFiles: service.NewRosterFiles(d),
		Codes:       service.NewCodes(d),
		Places:      service.NewPlaces(d, h.cfg.PublicURL),
		Devices:     service.NewDevices(d, service.PainterFunc(qr.SVG), h.cfg.PublicURL),
		Gates:       service.NewGates(d, h.Recorder),
		Passages:    service.NewPassages(d),
		Recipients:  service.NewRecipients(d, out, forwarder.Nudge),
		Deliveries:  service.NewDeliveries(d, service.KeepDelivered, forwarder.Nudge),
		Forwarder:   forwarder,
		System:      service.NewSystem(d, h.cfg.Serving),
	}
}

// route mounts the use cases on the contract.
func (h *House) route() (http.Handler, error) {
	docs, err := handler.NewDocs()
	if err != nil {
		return nil, err
	}
	s := &h.Services
	return handler.NewRouter(handler.Options{
		API: &handler.House{
			Sessions: &handler.Sessions{Service: s.Sessions}, Staff: &handler.Staff{Service: s.Staff},
			Residents: &handler.Residents{Service: s.Residents}, Residencies: &handler.Residencies{Service: s.Residencies},
			Households: &handler.Households{Service: s.Households}, RosterFiles: handler.NewRosterFiles(s.RosterFiles), Places: &handler.Places{Service: s.Places},
			Devices: &handler.Devices{Service: s.Devices}, Passages: &handler.Passages{Service: s.Passages},
			Recipients: &handler.Recipients{Service: s.Recipients}, Deliveries: &handler.Deliveries{Service: s.Deliveries},
			System: &handler.System{Service: s.System}, Gates: &handler.Gates{Service: s.Gates},
			Codes: &handler.Codes{Service: s.Codes, Painter: painter{qr.NewCache(imagesKept)}}, Docs: docs,
		},
		Auth: s.Sessions, Directory: h.deps.Directory, Idempotency: service.NewIdempotency(h.deps), Clock: h.deps.Clock, Log: h.deps.Log,
		Registry: h.cfg.Metrics, Tracer: h.cfg.Tracer, TrustedProxies: h.cfg.TrustedProxies, Limits: h.cfg.Limits,
		ValidateResponses: h.cfg.OnBadAnswer,
	})
}

// loops are what runs beside the requests.
func (h *House) loops(feed *service.Feed) ([]Loop, error) {
	jobs, err := h.jobs()
	if err != nil {
		return nil, err
	}
	leases := service.NewLeases(h.deps, model.NewID(h.deps.Clock.Now()))
	loops := []Loop{{"feed", feed.Run}, {"forwarder", h.Services.Forwarder.Run}}
	for _, j := range jobs {
		loops = append(loops, j.loop(h.deps.Log, leases))
	}
	return loops, nil
}
