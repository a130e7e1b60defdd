package handler

import (
	"errors"
	"io"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// field is a member of an object that tells missing from empty. null is neither, and refused.
type field[T any] struct {
	value T
	set   bool
}

var errNull = errors.New("null")

// UnmarshalJSONFrom reads a value that is not null.
func (g *field[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == 'n' {
		return errNull
	}
	g.set = true
	return json.UnmarshalDecode(d, &g.value)
}

// maybe is a field that may be null, which says as much as nothing.
type maybe[T any] struct{ field[T] }

// UnmarshalJSONFrom reads a value or null.
func (m *maybe[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == 'n' {
		return d.SkipValue()
	}
	return m.field.UnmarshalJSONFrom(d)
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
	case errors.As(err, &syntactic) && errors.Is(err, jsontext.ErrDuplicateName):
		return &model.Error{Code: model.CodeMalformed, Fields: []model.FieldError{{Field: string(syntactic.JSONPointer), Code: "duplicate"}}}
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return model.Invalid(model.FieldError{Field: string(semantic.JSONPointer), Code: "unknown"})
	case errors.As(err, &semantic):
		return model.Invalid(model.FieldError{Field: string(semantic.JSONPointer), Code: "type"})
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
