package handler

import (
	"bytes"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"

	"github.com/go-json-experiment/json/jsontext"
)

// codesBodyLimit bounds the body of a request for codes, in bytes.
const codesBodyLimit = 1 << 10

// codesRequest reads the contract's CodesRequest as strictly as the contract says
// it: no unknown field, no field twice, nothing behind it. No body asks for one
// code.
func codesRequest(r *http.Request) (count int, err error) {
	if r.ContentLength == 0 || r.Body == nil {
		return 1, nil
	}
	body, err := readAtMost(r, codesBodyLimit)
	if err != nil {
		return 0, err
	}
	if len(body) == 0 {
		return 1, nil
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return 0, model.Fail(model.CodeUnsupportedMedia)
	}
	return bindCodes(body)
}

func readAtMost(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, model.Fail(model.CodeTooLarge)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), int64(len(body)) > limit:
		return nil, model.Fail(model.CodeTooLarge)
	case err != nil:
		return nil, model.Fail(model.CodeMalformed, err)
	}
	return body, nil
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

// bindCodes reads a body that is there.
func bindCodes(body []byte) (int, error) {
	// Duplicates are let through here, to be named below.
	duplicates := jsontext.AllowDuplicateNames(true)
	if !jsontext.Value(body).IsValid(duplicates) {
		return 0, model.Fail(model.CodeMalformed)
	}
	d := jsontext.NewDecoder(bytes.NewReader(body), duplicates)
	if d.PeekKind() != jsontext.KindBeginObject {
		return 0, model.Invalid(model.FieldError{Code: "type"})
	}
	count, seen := 1, false
	var bad []model.FieldError
	if _, err := d.ReadToken(); err != nil {
		return 0, model.Fail(model.CodeMalformed, err)
	}
	for d.PeekKind() == jsontext.KindString {
		name, value, err := member(d)
		switch {
		case err != nil:
			return 0, model.Fail(model.CodeMalformed, err)
		case name != "count":
			bad = append(bad, model.FieldError{Field: pointer(name), Code: "unknown"})
		case seen:
			bad = append(bad, model.FieldError{Field: "/count", Code: "duplicate"})
		default:
			seen = true
			var wrong string
			if count, wrong = codesCount(value); wrong != "" {
				bad = append(bad, model.FieldError{Field: "/count", Code: wrong, Limit: "1..20"})
			}
		}
	}
	if bad != nil {
		return 0, model.Invalid(bad...)
	}
	return count, nil
}

// member reads the next name and value of an object.
func member(d *jsontext.Decoder) (name string, value jsontext.Value, err error) {
	token, err := d.ReadToken()
	if err != nil {
		return "", nil, err
	}
	name = token.String()
	value, err = d.ReadValue()
	return name, value, err
}

// codesCount reads a whole number from 1 to 20, or says what is wrong with it as
// the code of a field. To JSON and to the contract 2.0 and 2e0 are whole too.
func codesCount(value jsontext.Value) (count int, wrong string) {
	if value.Kind() != jsontext.KindNumber {
		return 0, "type"
	}
	n, err := strconv.ParseFloat(string(value), 64)
	switch {
	case err != nil, n < 1, n > service.MaxCodes:
		return 0, "range"
	case n != math.Trunc(n):
		return 0, "type"
	}
	return int(n), ""
}

// pointer is the JSON pointer (RFC 6901) to a field of the body.
func pointer(name string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
