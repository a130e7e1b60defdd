package handler

import (
	"io"
	"math"
	"regexp"
	"unicode/utf8"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// Gates answers gate devices.
type Gates struct {
	Service *service.Gates
	Streams *Streams
}

// RecordScan is POST /v1/gate/scans, bound by hand: checking a body against the
// contract in general costs as much as the decision itself. A test proves that
// both give the same verdict.
func (h *Gates) RecordScan(c *gin.Context) {
	ctx := c.Request.Context()
	scan, err := readScan(c.Request.Body)
	if err != nil {
		fail(c, err)
		return
	}
	answer, err := h.Service.Scan(ctx, middleware.Caller(ctx), scan)
	if err != nil {
		fail(c, err)
		return
	}
	writeJSON(c, 200, scanDecision(&answer, middleware.Language(ctx)))
}

// scanBody is Scan of the contract.
type scanBody struct {
	ScanID       field[string]       `json:"scan_id"`
	Code         field[string]       `json:"code"`
	Direction    field[string]       `json:"direction"`
	ScannedAt    field[instant.Time] `json:"scanned_at"`
	TemperatureC maybe[float64]      `json:"temperature_c"`
	Online       field[bool]         `json:"online"`
}

var scanID = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

const maxCodeLength = 1024

// readScan reads one strict body: one object, known names once each, exact case.
func readScan(body io.Reader) (service.Scan, error) {
	var b scanBody
	if err := readStrict(body, &b); err != nil {
		return service.Scan{}, err
	}
	bad := b.check()
	if b.Online.set && !b.Online.value {
		bad = append(bad, model.FieldError{Field: "/online", Code: "enum", Limit: "true"})
	}
	if len(bad) > 0 {
		return service.Scan{}, model.Invalid(bad...)
	}
	return b.scan(), nil
}

// check lists every field that the contract refuses.
func (b *scanBody) check() []model.FieldError {
	var bad []model.FieldError
	refuse := func(field, code, limit string) {
		bad = append(bad, model.FieldError{Field: field, Code: code, Limit: limit})
	}
	switch {
	case !b.ScanID.set:
		refuse("/scan_id", "required", "")
	case !scanID.MatchString(b.ScanID.value):
		refuse("/scan_id", "format", "1..64")
	}
	switch {
	case !b.Code.set:
		refuse("/code", "required", "")
	case b.Code.value == "" || len(b.Code.value) > maxCodeLength && utf8.RuneCountInString(b.Code.value) > maxCodeLength:
		refuse("/code", "length", "1..1024")
	}
	switch {
	case !b.Direction.set:
		refuse("/direction", "required", "")
	case b.Direction.value != "in" && b.Direction.value != "out":
		refuse("/direction", "enum", "in, out")
	}
	if !b.ScannedAt.set {
		refuse("/scanned_at", "required", "")
	}
	if t := b.TemperatureC.value; t < 0 || t > 60 {
		refuse("/temperature_c", "range", "0..60")
	}
	return bad
}

func (b *scanBody) scan() service.Scan {
	s := service.Scan{ScanID: b.ScanID.value, Code: b.Code.value, Direction: admission.In, ScannedAt: b.ScannedAt.value.Time,
		TemperatureTenths: int(math.Round(b.TemperatureC.value * 10))}
	if b.Direction.value == "out" {
		s.Direction = admission.Out
	}
	return s
}

// scanDecision is the answer of the contract. A name is shown only when the code
// was genuine.
func scanDecision(a *service.ScanAnswer, lang string) wire.ScanDecision {
	p := &a.Passage
	message, next := admission.Sentence(admission.Reason(p.Reason), admission.Outcome(p.Decision), lang)
	if w := a.Warning; w != nil {
		message += " · " + admission.Warning(w.Reason, w.Outcome, w.From, lang)
	}
	d := wire.ScanDecision{Decision: wire.Outcome(p.Decision), Reason: p.Reason, Message: message, Next: optional(next),
		PassageId: p.ID, RuleVersion: p.RuleVersion, SkewSeconds: optional(p.SkewSeconds),
		ServerTime: instant.Time{Time: a.Now}, Display: wire.ScanDisplay{Kind: wire.ScanDisplayKind(p.Kind)}}
	if a.Pass != nil {
		d.Display.Colour = colour(a.Colour)
		d.Display.NameMasked, d.Display.Building = a.Pass.NameMasked, optional(a.Pass.Building)
	}
	return d
}
