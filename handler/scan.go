package handler

import (
	"errors"
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
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Gates answers gate devices.
type Gates struct{ Service *service.Gates }

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

// scanBody is Scan of the contract; pointers tell missing from empty.
type scanBody struct {
	ScanID       *string       `json:"scan_id"`
	Code         *string       `json:"code"`
	Direction    *string       `json:"direction"`
	ScannedAt    *instant.Time `json:"scanned_at"`
	TemperatureC *float64      `json:"temperature_c"`
	Online       *bool         `json:"online"`
}

var scanID = regexp.MustCompile(`^[A-Za-z0-9_.:-]{8,64}$`)

const maxCodeLength = 1024

// readScan reads one strict body: one object, known names once each, exact case.
func readScan(body io.Reader) (service.Scan, error) {
	var b scanBody
	if err := readStrict(body, &b); err != nil {
		return service.Scan{}, err
	}
	bad := b.check()
	if b.Online != nil && !*b.Online {
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
	case b.ScanID == nil:
		refuse("/scan_id", "required", "")
	case !scanID.MatchString(*b.ScanID):
		refuse("/scan_id", "format", "8..64")
	}
	switch {
	case b.Code == nil:
		refuse("/code", "required", "")
	case *b.Code == "" || len(*b.Code) > maxCodeLength && utf8.RuneCountInString(*b.Code) > maxCodeLength:
		refuse("/code", "length", "1..1024")
	}
	switch {
	case b.Direction == nil:
		refuse("/direction", "required", "")
	case *b.Direction != "in" && *b.Direction != "out":
		refuse("/direction", "enum", "in, out")
	}
	if b.ScannedAt == nil {
		refuse("/scanned_at", "required", "")
	}
	if t := b.TemperatureC; t != nil && (*t < 0 || *t > 60) {
		refuse("/temperature_c", "range", "0..60")
	}
	return bad
}

func (b *scanBody) scan() service.Scan {
	s := service.Scan{ScanID: *b.ScanID, Code: *b.Code, Direction: admission.In, ScannedAt: b.ScannedAt.Time}
	if *b.Direction == "out" {
		s.Direction = admission.Out
	}
	if b.TemperatureC != nil {
		s.TemperatureTenths = int(math.Round(*b.TemperatureC * 10))
	}
	return s
}

// readStrict decodes one JSON value into v. Names are matched exactly, unknown
// and repeated ones, trailing data and invalid UTF-8 are refused.
func readStrict(body io.Reader, v any) error {
	if body == nil {
		return model.Fail(model.CodeMalformed)
	}
	err := json.UnmarshalRead(body, v, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	var known *model.Error
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &known):
		return known // the body limit
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return model.Invalid(model.FieldError{Field: string(semantic.JSONPointer), Code: "unknown"})
	case errors.As(err, &semantic):
		return model.Invalid(model.FieldError{Field: string(semantic.JSONPointer), Code: "type"})
	case errors.As(err, &syntactic) && errors.Is(err, jsontext.ErrDuplicateName):
		return &model.Error{Code: model.CodeMalformed, Fields: []model.FieldError{{Field: string(syntactic.JSONPointer), Code: "duplicate"}}}
	}
	return model.Fail(model.CodeMalformed)
}

// writeJSON writes an answer of a raw operation.
func writeJSON(c *gin.Context, status int, v any) {
	c.Header("Content-Type", "application/json; charset=utf-8")
	c.Status(status)
	if err := json.MarshalWrite(c.Writer, v); err != nil {
		_ = c.Error(err) // the connection is gone, or a type cannot be written: for the log
	}
}

// scanDecision is the answer of the contract. A name is shown only when the code
// was genuine.
func scanDecision(a *service.ScanAnswer, lang string) wire.ScanDecision {
	p := &a.Passage
	message, next := admission.Sentence(admission.Reason(p.Reason), admission.Outcome(p.Decision), lang)
	d := wire.ScanDecision{Decision: wire.Outcome(p.Decision), Reason: p.Reason, Message: message, Next: optional(next),
		PassageId: p.ID, RuleVersion: p.RuleVersion, SkewSeconds: optional(p.SkewSeconds),
		ServerTime: instant.Time{Time: a.Now}, Display: wire.ScanDisplay{Kind: wire.ScanDisplayKind(p.Kind)}}
	if a.Pass != nil {
		d.Display.NameMasked, d.Display.Building = a.Pass.NameMasked, optional(a.Pass.Building)
	}
	return d
}
