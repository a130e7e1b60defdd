package handler_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestTheLogNamesTheRouteAndNobody(t *testing.T) {
	r := newRig(t, nil)
	r.problem(r.call("POST", "/v1/staff/01JD0000000000000000CANARY/disable?q=CANARY", "guard", `{"x":"CANARY"}`, "User-Agent", "CANARY", "Cookie", "cp_refresh=CANARY"), 403, model.CodeForbidden)
	var line map[string]any
	if err := json.Unmarshal([]byte(r.log.String()), &line); err != nil {
		t.Fatalf("not one line: %v: %s", err, r.log)
	}
	for key, want := range map[string]any{"msg": "request", "method": "POST", "route": "/v1/staff/{id}/disable", "status": 403.0, "caller": "staff",
		"account": "ACC-GUARD", "code": "forbidden", "ms": 0.0} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if line["request_id"] == "" || line["bytes"].(float64) < 50 {
		t.Errorf("the line is %v", line)
	}
	r.call("CANARY", "/CANARY", "", "")
	for _, secret := range []string{"CANARY", "192.0.2.1", "Bearer"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("%s was logged: %s", secret, r.log)
		}
	}
}

func TestMetricsCountByRouteTemplate(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{"/v1/staff/01JD000000000000000000000A/disable", "/v1/staff/01JD000000000000000000000B/disable"} {
		r.call("POST", path, "guard", "")
	}
	r.call("CANARY", "/CANARY", "", "")
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var timed uint64
	counted := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			timed += m.GetHistogram().GetSampleCount()
			if f.GetName() != "communitypass_http_requests_total" {
				continue
			}
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			counted[strings.Join(labels, " ")] = m.GetCounter().GetValue()
		}
	}
	want := map[string]float64{"method=POST route=/v1/staff/{id}/disable status=403": 2, "method=other route=none status=404": 1}
	if timed != 3 || !maps.Equal(counted, want) {
		t.Errorf("%d requests were timed, counted are %v, want %v", timed, counted, want)
	}
}

func TestTracesTellNothingOfAPerson(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	r := newRig(t, func(r *rig) {
		r.options.Tracer = trace.NewTracerProvider(trace.WithSpanProcessor(spans))
		r.fake.raw["getDocsAsset"] = func(c *gin.Context) { _ = c.Error(model.Fail(model.CodeInternal, errCanary)) }
	})
	r.problem(r.call("GET", "/docs/init.js?q=canary", "", "", "User-Agent", "canary", "Referer", "canary"), 500, model.CodeInternal)
	r.call("GET", "/canary", "", "", "X-Forwarded-For", "203.0.113.9")
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans", len(ended))
	}
	if ended[0].Name() != "GET /docs/:asset" {
		t.Errorf("the span is named %q", ended[0].Name())
	}
	for _, span := range ended {
		told := span.Name() + span.Status().Description
		for _, a := range span.Attributes() {
			told += " " + string(a.Key) + "=" + a.Value.String()
		}
		for _, e := range span.Events() {
			told += " " + e.Name
			for _, a := range e.Attributes {
				told += " " + a.Value.String()
			}
		}
		for _, secret := range []string{"canary", "192.0.2.1", "203.0.113.9", "init.js", "url.path", "user_agent"} {
			if strings.Contains(told, secret) {
				t.Errorf("the span tells %s: %s", secret, told)
			}
		}
		if !strings.Contains(told, "http.response.status_code") {
			t.Errorf("the span has lost its status: %s", told)
		}
	}
}
