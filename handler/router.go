package handler

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
	"communitypass.cn/communitypass/openapi/server"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// API is everything that the contract asks for: the generated operations, and
// those tagged raw by the id of their operation.
type API interface {
	server.StrictServerInterface
	Raw() map[string]gin.HandlerFunc
}

// Options is what a router is made of.
type Options struct {
	API API
	// Pages may be nil: then there are none.
	Pages Pages
	Auth  middleware.Authenticator
	// Signing knows which devices sign what they ask; nil asks none to.
	Signing middleware.SigningDevices
	// Refusals hears of staff who were refused for want of a permission; may be nil.
	Refusals  middleware.Refusals
	Directory middleware.Reacher
	// Idempotency remembers answers by Idempotency-Key.
	Idempotency middleware.IdempotencyKeys
	Clock       model.Clock
	Log         *slog.Logger
	// Registry takes the metrics; one registry takes one router.
	Registry prometheus.Registerer
	// Tracer is nil when nothing is traced.
	Tracer trace.TracerProvider
	// TrustedProxies are the addresses and networks whose X-Forwarded-For is
	// believed; with none, the client is whoever connected.
	TrustedProxies []string
	// Limits of zero limit nothing; see middleware.DefaultLimits.
	Limits middleware.Limits
	// SharedLimits are nil where this replica counts alone.
	SharedLimits middleware.SharedBuckets
	// Budget is how long a request may take; 0 means 5 seconds.
	Budget time.Duration
	// ValidateResponses, for tests, is told of every answer that does not fit the
	// contract.
	ValidateResponses func(operationID string, err error)
}

// NewRouter mounts the operations of the contract behind everything that a
// request passes through. It fails when an operation has no declared caller or no
// handler, or a handler no operation.
func NewRouter(o Options) (*gin.Engine, error) {
	doc, err := openapi.Load()
	if err != nil {
		return nil, err
	}
	contract, err := middleware.Compile(doc)
	if err != nil {
		return nil, err
	}
	metrics, err := middleware.NewMetrics(o.Registry, contract)
	if err != nil {
		return nil, err
	}
	engine, err := newEngine(o.TrustedProxies)
	if err != nil {
		return nil, err
	}
	engine.Use(o.way(contract, metrics)...)
	engine.NoRoute(elsewhere(o.Pages))
	engine.NoMethod(func(c *gin.Context) { fail(c, model.Fail(model.CodeMethodNotAllowed)) })
	mountStrict(engine, o.API)
	return engine, mountRaw(engine, contract, o.API.Raw())
}

// way is what every request passes through, from the outside in.
func (o Options) way(contract *middleware.Contract, metrics *middleware.Metrics) []gin.HandlerFunc {
	budget := o.Budget
	if budget == 0 {
		budget = 5 * time.Second
	}
	problems := middleware.NewProblems(o.Log)
	var way []gin.HandlerFunc
	if o.Tracer != nil {
		way = append(way, middleware.Trace(o.Tracer))
	}
	way = append(way, middleware.Begin(contract, o.Clock, budget), middleware.Access(o.Log, metrics, o.Clock))
	if o.ValidateResponses != nil {
		way = append(way, middleware.CheckAnswers(o.ValidateResponses))
	}
	return append(way,
		problems.Handle,
		middleware.Authorize(o.Auth, o.Directory, o.Refusals),
		middleware.Limit(o.Limits, o.SharedLimits, o.Clock),
		middleware.Body(),
		middleware.Signed(o.Signing, o.Clock),
		middleware.Check(),
		middleware.Idempotent(o.Idempotency, problems, o.Log),
	)
}

// newEngine is gin without what it does by default: no redirects, no belief in
// forwarded addresses, and contexts that carry the request's values.
func newEngine(trustedProxies []string) (*gin.Engine, error) {
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := engine.SetTrustedProxies(trustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	return engine, nil
}

// mountStrict mounts the generated operations; all their errors go to Problems.
func mountStrict(engine *gin.Engine, api API) {
	strict := server.NewStrictHandlerWithOptions(api, []server.StrictMiddlewareFunc{Detach}, server.StrictGinServerOptions{
		RequestErrorHandlerFunc:  func(c *gin.Context, err error) { fail(c, unbound(err)) },
		HandlerErrorFunc:         fail,
		ResponseErrorHandlerFunc: func(c *gin.Context, err error) { fail(c, model.Fail(model.CodeInternal, err)) },
	})
	server.RegisterHandlersWithOptions(engine, strict, server.GinServerOptions{
		ErrorHandler: func(c *gin.Context, err error, _ int) { fail(c, model.Fail(model.CodeInvalid, err)) },
	})
}

// unbound is what a body answers that fits its schema and not the type, such as
// 1e2 for an integer.
func unbound(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return model.Fail(model.CodeMalformed, err)
	}
	e := model.Invalid(model.FieldError{Field: "/" + strings.ReplaceAll(wrong.Field, ".", "/"), Code: "type"})
	e.Cause = err
	return e
}

// mountRaw mounts the operations that are bound by hand at the contract's paths.
func mountRaw(engine *gin.Engine, contract *middleware.Contract, raw map[string]gin.HandlerFunc) error {
	mounted := 0
	for _, op := range contract.Operations() {
		if !op.Raw {
			continue
		}
		handle, ok := raw[op.ID]
		if !ok {
			return fmt.Errorf("router: the raw operation %s has no handler", op.ID)
		}
		engine.Handle(op.Method, op.Path, handle)
		mounted++
	}
	if mounted != len(raw) {
		return fmt.Errorf("router: %d raw handlers for %d raw operations", len(raw), mounted)
	}
	return nil
}
