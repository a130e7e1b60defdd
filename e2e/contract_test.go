package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/openapi"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// contract is the description that every answer is held against, and the codes
// that a problem may have.
type contract struct {
	doc    *openapi3.T
	routes []route
	codes  map[string]bool
}

// route is one operation with the pattern of its path.
type route struct {
	routers.Route
	pattern *regexp.Regexp
}

var (
	pathParameter = regexp.MustCompile(`\\\{[a-z_]+\\\}`)
	declaredCode  = regexp.MustCompile(`(?m)^\s+Code\w+\s+Code = "([a-z_]+)"$`)
)

// theContract is read once for the package.
var theContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi.Load()
	if err != nil {
		return nil, err
	}
	k := &contract{doc: doc, codes: map[string]bool{}}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		pattern := regexp.MustCompile("^" + pathParameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$")
		for method, operation := range item.Operations() {
			k.routes = append(k.routes, route{routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: operation}, pattern})
		}
	}
	source, err := os.ReadFile("../model/error.go")
	if err != nil {
		return nil, err
	}
	for _, found := range declaredCode.FindAllSubmatch(source, -1) {
		k.codes[string(found[1])] = true
	}
	if len(k.codes) < 20 {
		return nil, fmt.Errorf("model/error.go names %d codes", len(k.codes))
	}
	return k, nil
})

// find is the operation of a request, nil when there is none.
func (k *contract) find(method, path string) *routers.Route {
	path, _, _ = strings.Cut(path, "?")
	for i := range k.routes {
		if k.routes[i].Method == method && k.routes[i].pattern.MatchString(path) {
			return &k.routes[i].Route
		}
	}
	return nil
}

// instants are exactly RFC 3339, UTC, milliseconds.
var instants = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

func answerOptions() *openapi3filter.Options {
	strict := openapi3.NewCallbackValidator(func(s string) error {
		if !instants.MatchString(s) {
			return errors.New("not UTC with milliseconds")
		}
		_, err := time.Parse(time.RFC3339, s)
		return err
	})
	return &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.DisableSchemaErrorDetails(),
			openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{"date-time": strict})}}
}

// check holds one answer against its operation: the status is described, headers
// and body fit, and nothing has a body that should have none.
func (k *contract) check(r *routers.Route, request *http.Request, status int, header http.Header, body []byte) error {
	described := r.Operation.Responses.Status(status)
	if described == nil && status < 400 {
		return fmt.Errorf("the status %d is not described", status)
	}
	if described == nil {
		described = r.Operation.Responses.Default()
	}
	content := described.Value.Content
	if len(content) == 0 && len(body) > 0 {
		return fmt.Errorf("%d has %d bytes of body, and none is described", status, len(body))
	}
	options := answerOptions()
	if len(content) > 0 {
		kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
		if err != nil || content.Get(kind) == nil {
			return fmt.Errorf("%d is %q, which is not described", status, header.Get("Content-Type"))
		}
		// What is not JSON is looked at by the tests that ask for it.
		options.ExcludeResponseBody = !strings.HasSuffix(kind, "json")
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, Route: r},
		Status:                 status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Options: options})
}
