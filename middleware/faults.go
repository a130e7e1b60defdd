package middleware

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/model"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// faults turns what the schema validator found into fields with our codes. Only
// places and bounds are taken over, never a value nor the validator's own words.
func faults(err error) []model.FieldError {
	var found faultList
	found.collect(err)
	return found.fields
}

type faultList struct {
	fields []model.FieldError
	seen   map[model.FieldError]bool
}

func (l *faultList) add(f model.FieldError) {
	if l.seen == nil {
		l.seen = map[model.FieldError]bool{}
	}
	if !l.seen[f] {
		l.seen[f] = true
		l.fields = append(l.fields, f)
	}
}

func (l *faultList) collect(err error) {
	switch e := err.(type) {
	case openapi3.MultiError:
		for _, one := range e {
			l.collect(one)
		}
	case *openapi3.SchemaError:
		if e.SchemaField == "properties" {
			l.unknown(e)
			return
		}
		code, limit := meaning(e)
		l.add(model.FieldError{Field: pointer(e.JSONPointer()), Code: code, Limit: limit})
	default:
		if inner := errors.Unwrap(err); inner != nil {
			l.collect(inner)
			return
		}
		l.add(model.FieldError{Code: fieldFormat})
	}
}

// unknown adds every name that the object may not have: the validator makes an
// error for each, but points at the object only.
func (l *faultList) unknown(e *openapi3.SchemaError) {
	object, _ := e.Value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if _, known := e.Schema.Properties[name]; !known {
			l.add(model.FieldError{Field: pointer(append(e.JSONPointer(), name)), Code: fieldUnknown})
		}
	}
}

// meaning is our code for a keyword of JSON Schema, and the bound that was missed.
func meaning(e *openapi3.SchemaError) (code, limit string) {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return fieldRequired, ""
	case "type", "nullable":
		return fieldType, ""
	case "enum":
		return fieldEnum, ""
	case "uniqueItems":
		return fieldDuplicate, ""
	case "minLength":
		return fieldLength, atLeast + strconv.FormatUint(s.MinLength, 10)
	case "maxLength":
		return fieldLength, atMost + strconv.FormatUint(*s.MaxLength, 10)
	case "minItems":
		return fieldLength, atLeast + strconv.FormatUint(s.MinItems, 10)
	case "maxItems":
		return fieldLength, atMost + strconv.FormatUint(*s.MaxItems, 10)
	case "minProperties":
		return fieldLength, atLeast + strconv.FormatUint(s.MinProps, 10)
	case "maxProperties":
		return fieldLength, atMost + strconv.FormatUint(*s.MaxProps, 10)
	case "minimum":
		return fieldRange, atLeast + strconv.FormatFloat(*s.Min, 'f', -1, 64)
	case "maximum":
		return fieldRange, atMost + strconv.FormatFloat(*s.Max, 'f', -1, 64)
	case "format":
		if s.Type.Is(openapi3.TypeInteger) || s.Type.Is(openapi3.TypeNumber) {
			return fieldRange, ""
		}
	}
	return fieldFormat, ""
}

// pointer writes RFC 6901.
func pointer(tokens []string) string {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(escape.Replace(t))
	}
	return shown(b.String())
}

// parameterFault is the first fault of a parameter, by its name.
func parameterFault(name string, err error) model.FieldError {
	var unreadable *openapi3filter.ParseError
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return model.FieldError{Field: name, Code: fieldRequired}
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		return model.FieldError{Field: name, Code: fieldFormat}
	case errors.As(err, &unreadable):
		return model.FieldError{Field: name, Code: fieldType}
	}
	f := faults(err)[0]
	f.Field = name
	return f
}
