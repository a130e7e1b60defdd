package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSpansReachTheCollector(t *testing.T) {
	asked := make(chan string, 4)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer collector.Close()
	for endpoint, want := range map[string]int{collector.URL: 1, "": 0} {
		tracing, err := newTracing(t.Context(), endpoint)
		if err != nil {
			t.Fatal(err)
		}
		_, span := tracing.Tracer("test").Start(t.Context(), "work")
		span.End()
		if err := tracing.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(asked) != want {
			t.Errorf("with %q the collector was asked %d times", endpoint, len(asked))
		}
		for len(asked) > 0 {
			if path := <-asked; path != "/v1/traces" {
				t.Errorf("the collector was asked for %s", path)
			}
		}
	}
}
