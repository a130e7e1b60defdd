// Package house puts the parts together: the one list of what the server is made
// of, for the program, for tests and for measurements alike. It holds no rule.
package house

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"net/netip"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/gb28181"
	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/device/sia"
	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/lift/kone"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/mqtt"
	"communitypass.cn/communitypass/ratelimit"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/sms"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/web"
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
	// SMS is nil where no provider is set up; Ways is by which templates messages
	// leave the inbox.
	SMS  *sms.Config
	Ways service.MessageWays
	// RecipientNetworks are networks that are not public in which recipients may
	// be; RecipientHTTP allows plain http towards them.
	RecipientNetworks []netip.Prefix
	RecipientHTTP     bool
	// DeviceNetworks are networks in which devices may be called; with none nobody is.
	DeviceNetworks []netip.Prefix
	// LiftNetworks are networks that are not public in which lift controllers may be;
	// LiftHTTP allows plain http towards them.
	LiftNetworks   []netip.Prefix
	LiftHTTP       bool
	TrustedProxies []string
	// SIP is who we are among video platforms; nil where nothing listens for them.
	// SIPCommunities are those whose alarms go to the platform above.
	SIP            *gb28181.Config
	SIPCommunities []string
	// DataDir is where tombstones are kept beside the database; with none they are
	// in the database alone.
	DataDir   string
	Retention service.Retention
	Limits    middleware.Limits
	// Redis is nil where each replica counts alone how often somebody asks.
	Redis *ratelimit.Config
	// AnchorFile is where the daily anchors of the audit chain are copied to; empty
	// for nowhere.
	AnchorFile string
	// MQTT is empty where no device speaks by topics.
	MQTT    MQTT
	Metrics prometheus.Registerer
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
	// Devices answers devices of other makers, on a listener of its own.
	Devices http.Handler
	// Exchange is the way to devices on a broker, and from them.
	Exchange *Exchange
	// Broker is our own; nil unless it was asked for. Like a loop it ends with its
	// context, before the recorder, since devices on it are answered until then.
	Broker *mqtt.Embedded
	// SIP answers video devices, nil where it was not asked for; SIA answers alarm
	// panels. Whoever opens their sockets serves them.
	SIP      *gb28181.Server
	SIA      *sia.Receiver
	Recorder *store.Recorder
	// Streams are the open event streams; Close ends them when the server stops.
	Streams *handler.Streams
	// Loops run until their context ends. Recorder.Run is not among them: it must
	// outlive them, since they may record.
	Loops []Loop

	deps   service.Deps
	cfg    Config
	wechat *wechat.Client
	sender *webhook.Sender
	texts  *sms.Client
	calls  *device.Caller
	kone   *kone.KONE
	// limits is nil without Redis.
	limits *ratelimit.Shared
	// hikvision reads what these devices push and what they say on their streams: an
	// alarm that is told by both is one.
	hikvision *hikvision.Dialect
	remote    *mqtt.Remote
}

// Loop is a named loop in the background.
type Loop struct {
	Name string
	Run  func(ctx context.Context)
}

// New builds a house on an open database; nothing runs yet. Close lets go of it,
// also after an error. The database stays the caller's.
func New(ctx context.Context, d service.Deps, cfg Config) (*House, error) {
	d.Ways = cfg.Ways
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
	if err := service.NewStaff(d, nil).AdoptGrants(ctx); err != nil {
		return h, err
	}
	if h.wechat, err = wechat.New(cfg.Wechat, d.Clock); err != nil {
		return h, errors.Join(model.Fail(model.CodeWechatUnavailable), err)
	}
	if cfg.SMS != nil {
		if h.texts, err = sms.New(*cfg.SMS); err != nil {
			return h, err
		}
	}
	if cfg.Redis != nil {
		if h.limits, err = ratelimit.New(*cfg.Redis, h.bucketName, d.Clock, d.Log, cfg.Metrics); err != nil {
			return h, err
		}
	}
	h.sender = webhook.NewSender(webhook.Options{AllowedPrefixes: cfg.RecipientNetworks, AllowHTTP: cfg.RecipientHTTP}, d.Clock)
	h.calls, h.hikvision = device.NewCaller(cfg.DeviceNetworks), hikvision.New()
	if h.Exchange, err = newExchange(topicDialects(), d.Log, cfg.Metrics); err != nil {
		return h, err
	}
	h.employ()
	h.Exchange.intake = h.Services.Intake
	h.Services.Devices.OnBroker(h.brokered())
	if err := h.connect(); err != nil {
		return h, err
	}
	// Whoever came back with a restored backup goes before anybody is answered.
	if _, err := h.Services.Closings.Reapply(ctx); err != nil {
		return h, err
	}
	if err := h.Services.Gates.LoadUses(ctx); err != nil {
		return h, err
	}
	if h.Handler, err = h.route(); err != nil {
		return h, err
	}
	h.Devices = &handler.Intake{Service: h.Services.Intake, Dialects: dialects(h.hikvision), Roots: fixedRoots(), Commands: h.Services.Commands, Log: d.Log}
	h.SIA = sia.New(desk{h.Services.Intake}, d.Clock, d.Log)
	if cfg.SIP != nil {
		if h.SIP, err = gb28181.New(*cfg.SIP, desk{h.Services.Intake}, d.Clock, d.Log); err != nil {
			return h, err
		}
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
	if h.texts != nil {
		h.texts.Close()
	}
	if h.kone != nil {
		h.kone.Close()
	}
	if h.limits != nil {
		h.limits.Close()
	}
}

// route mounts the use cases on the contract.
func (h *House) route() (http.Handler, error) {
	docs, err := handler.NewDocs()
	if err != nil {
		return nil, err
	}
	pages, err := web.NewSite()
	if err != nil {
		return nil, err
	}
	s := &h.Services
	h.Streams = handler.NewStreams(s.Sessions)
	o := handler.Options{
		API: h.api(docs), Pages: pages,
		Auth: s.Sessions, Signing: s.Devices, Refusals: s.Audit, Directory: h.deps.Directory, Idempotency: service.NewIdempotency(h.deps), Clock: h.deps.Clock, Log: h.deps.Log,
		Registry: h.cfg.Metrics, Tracer: h.cfg.Tracer, TrustedProxies: h.cfg.TrustedProxies, Limits: h.cfg.Limits,
		ValidateResponses: h.cfg.OnBadAnswer,
	}
	if h.limits != nil {
		o.SharedLimits = h.limits
	}
	return handler.NewRouter(o)
}

// bucketName is what stands in Redis for who asked: alike on all replicas, and nobody's
// address.
func (h *House) bucketName(key string) string {
	return hex.EncodeToString(h.deps.Directory.Ring().Index("rate_limit", key)[:16])
}

// loops are what runs beside the requests.
func (h *House) loops(feed *service.Feed) ([]Loop, error) {
	jobs, err := h.jobs()
	if err != nil {
		return nil, err
	}
	leases := service.NewLeases(h.deps, model.NewID(h.deps.Clock.Now()))
	s := &h.Services
	loops := []Loop{{"feed", feed.Run}, {"lifts", s.Lifts.Run}, {"forwarder", s.Forwarder.Run}, {"pusher", s.Pusher.Run},
		{"device-commands", s.Commands.Run}, {"device-streams", s.Listening.Run},
		{"rule-trials", s.Gates.KeepTrials}, {"tombstones", s.Closings.Run}}
	if h.remote != nil {
		loops = append(loops, Loop{"mqtt", h.stayConnected})
	}
	for _, j := range jobs {
		loops = append(loops, j.loop(h.deps.Log, leases))
	}
	return loops, nil
}
