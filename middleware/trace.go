package middleware

import (
	"context"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
)

// Trace makes a span of every request. It must stand before Problems, which
// empties the list of errors whose texts otelgin would record.
func Trace(provider trace.TracerProvider) gin.HandlerFunc {
	return otelgin.Middleware("communitypass", otelgin.WithTracerProvider(discreet{provider}),
		otelgin.WithMeterProvider(noop.NewMeterProvider()))
}

// discreet hands out tracers that keep only harmless attributes. otelgin records
// url.path, the client's address and its user agent and has no option against it.
type discreet struct{ trace.TracerProvider }

func (d discreet) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	return discreetTracer{d.TracerProvider.Tracer(name, options...)}
}

type discreetTracer struct{ trace.Tracer }

// Start starts a span with those of its attributes that say nothing of a person.
func (t discreetTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	given := trace.NewSpanStartConfig(options...)
	kept := make([]attribute.KeyValue, 0, 4)
	for _, a := range given.Attributes() {
		if harmless(a.Key) {
			kept = append(kept, a)
		}
	}
	return t.Tracer.Start(ctx, name, trace.WithSpanKind(given.SpanKind()), trace.WithLinks(given.Links()...), trace.WithAttributes(kept...))
}

// harmless lists what is kept, so that an attribute which a later version adds is
// dropped until somebody has looked at it.
func harmless(key attribute.Key) bool {
	switch key {
	case "http.request.method", "http.route", "server.address", "server.port", "url.scheme", "network.protocol.version":
		return true
	}
	return false
}
