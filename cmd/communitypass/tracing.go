package main

import (
	"context"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// newTracing sends spans to an OTLP/HTTP collector, named by its base URL. Without an endpoint nothing
// is sampled and nothing is sent. Shutdown sends what is left.
func newTracing(ctx context.Context, endpoint string) (*sdk.TracerProvider, error) {
	if endpoint == "" {
		return sdk.NewTracerProvider(sdk.WithSampler(sdk.NeverSample())), nil
	}
	endpoint, err := url.JoinPath(endpoint, "v1", "traces")
	if err != nil {
		return nil, fail("链路追踪的收集器网址不正确。", "The trace collector's URL is not usable.")
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, fail("链路追踪的收集器设置不正确。", "The trace collector is not set up properly.", err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", "communitypass"), attribute.String("service.version", version()))
	return sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about)), nil
}
