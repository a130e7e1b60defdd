package handler_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"

	"github.com/gin-gonic/gin"
)

var errCanary = errors.New("canary")

func TestAnswersThatDoNotFitAreReported(t *testing.T) {
	var answer gin.HandlerFunc
	r := newRig(t, func(r *rig) {
		r.expectBad = true
		r.fake.raw["getBundle"] = func(c *gin.Context) { answer(c) }
	})
	for _, c := range []struct {
		name   string
		answer gin.HandlerFunc
		why    string
	}{
		{"a leaked column", func(c *gin.Context) {
			c.Data(200, "application/json", []byte(`{"payload":"a","signature":"b","key_id":"c","version":"d","expires_at":"2026-11-22T04:00:00.000Z","phone":"1"}`))
		}, `"phone" is unsupported`},
		{"a missing field", func(c *gin.Context) { c.Data(200, "application/json", []byte(`{"payload":"a"}`)) }, `"signature" is missing`},
		{"null", func(c *gin.Context) { c.Data(200, "application/json", []byte(`null`)) }, "200 does not fit"},
		{"no JSON", func(c *gin.Context) { c.Data(200, "application/json", []byte(`<html>`)) }, "200: "},
		{"nothing", func(c *gin.Context) { c.Status(200) }, "Content-Type"},
		{"another type", func(c *gin.Context) { c.Data(200, "text/html", []byte(`<html>`)) }, "text/html, which is not described"},
		{"a status nobody described", func(c *gin.Context) { c.Status(202) }, "202 is not described"},
		{"a body for 304", func(c *gin.Context) { c.Data(304, "text/plain", []byte(`x`)) }, ""},
		{"a problem of its own", func(c *gin.Context) { c.Data(400, "application/problem+json", []byte(`{"code":"x"}`)) }, `"type" is missing`},
	} {
		answer, r.misfits = c.answer, nil
		r.call("GET", "/v1/gate/bundle", "device", "")
		if c.why == "" {
			if len(r.misfits) > 0 {
				t.Errorf("%s: %v", c.name, r.misfits)
			}
			continue
		}
		if len(r.misfits) != 1 || !strings.HasPrefix(r.misfits[0], "getBundle: ") || !strings.Contains(r.misfits[0], c.why) {
			t.Errorf("%s: %q, want %q", c.name, r.misfits, c.why)
		}
	}
}

func TestAnswersArriveWholeThroughTheCheck(t *testing.T) {
	r := withMe(t, func(ctx context.Context) (server.GetMeResponseObject, error) {
		answer, err := goodMe(ctx)
		me := answer.(server.GetMe200JSONResponse)
		me.Duties = []wire.MeDuties{"dance"}
		return me, err
	}, func(r *rig) { r.expectBad = true })
	w := r.call("GET", "/v1/me", "resident", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"duties":["dance"]`) || w.Header().Get("Content-Type") != "application/json" {
		t.Fatal(w.Code, w.Header(), w.Body)
	}
	if len(r.misfits) != 1 {
		t.Errorf("reports: %v", r.misfits)
	}
}
