package middleware

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gin-gonic/gin"
)

// checks is what the contract says about the request of one operation.
type checks struct {
	route      *routers.Route
	options    *openapi3filter.Options
	parameters []*openapi3.Parameter
	// ids are the parameters of the path that are ids, checked by hand: nearly
	// every operation has one, and the general way costs ten times as much.
	ids       []string
	takesBody bool
	bodyLimit int64
	// media are the types of a body that is not JSON; nil for JSON.
	media []string
	// body is nil when there is none or a hand-written binder checks it.
	body         *openapi3.Schema
	bodyRequired bool
	looseItems   bool
}

func (op *Operation) compileChecks(doc *openapi3.T, item *openapi3.PathItem, described *openapi3.Operation) {
	op.route = &routers.Route{Spec: doc, Path: op.Route, PathItem: item, Method: op.Method, Operation: described}
	for _, ref := range described.Parameters {
		if isID(ref.Value) {
			op.ids = append(op.ids, ref.Value.Name)
			continue
		}
		op.parameters = append(op.parameters, ref.Value)
	}
	op.options = &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, SchemaValidationOptions: validation()}
	op.bodyLimit = limitOf(op.ID)
	op.looseItems = op.ID == "uploadPassages"
	if described.RequestBody == nil {
		return
	}
	op.takesBody, op.bodyRequired = true, described.RequestBody.Value.Required
	if described.RequestBody.Value.Content["application/json"] == nil {
		op.media = slices.Sorted(maps.Keys(described.RequestBody.Value.Content))
	}
	if content := described.RequestBody.Value.Content.Get("application/json"); content != nil && !op.Raw {
		op.body = content.Schema.Value
	}
}

// Check holds requests against the contract: parameters and body, all faults at
// once. The body goes on unchanged to whoever binds it. A path that no row could
// have answers not_found, like any row that is not there.
func Check() gin.HandlerFunc {
	return func(c *gin.Context) {
		p := passingOf(c)
		op := p.operation
		if op == nil {
			return
		}
		for _, name := range op.ids {
			if !goodID(c.Param(name)) {
				fail(c, model.NotFound())
				return
			}
		}
		if len(op.parameters) == 0 && op.body == nil {
			return
		}
		bad, err := op.checkParameters(c)
		if err == nil && op.body != nil {
			var more []model.FieldError
			more, err = op.checkBody(c, p)
			bad = append(bad, more...)
		}
		if err == nil && len(bad) > 0 {
			err = model.Invalid(bad[:min(len(bad), maxFields)]...)
		}
		if err != nil {
			fail(c, err)
		}
	}
}

// maxFields bounds the list of faults in an answer.
const maxFields = 50

// validation are the options of the schema validator: every fault, and instants
// exactly as they will be read.
func validation() []openapi3.SchemaValidationOption {
	instants := map[string]openapi3.StringFormatValidator{"date-time": openapi3.NewCallbackValidator(func(s string) error {
		return new(instant.Time).UnmarshalText([]byte(s))
	})}
	return []openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors(),
		openapi3.DisableSchemaErrorDetails(), openapi3.WithStringFormatValidators(instants)}
}

func (op *Operation) checkParameters(c *gin.Context) ([]model.FieldError, error) {
	if len(op.parameters) == 0 {
		return nil, nil
	}
	in := &openapi3filter.RequestValidationInput{Request: c.Request, Route: op.route, Options: op.options,
		PathParams: make(map[string]string, len(c.Params))}
	for _, param := range c.Params {
		in.PathParams[param.Key] = param.Value
	}
	var bad []model.FieldError
	for _, parameter := range op.parameters {
		err := openapi3filter.ValidateParameter(c.Request.Context(), in, parameter)
		if err == nil {
			continue
		}
		if parameter.In == openapi3.ParameterInPath {
			return nil, model.NotFound()
		}
		bad = append(bad, parameterFault(parameter.Name, err))
	}
	return bad, nil
}

// checkBody reads the body, keeps it for the handler and for idempotency, and
// holds it against the schema.
func (op *Operation) checkBody(c *gin.Context, p *passing) ([]model.FieldError, error) {
	body, err := readBody(c.Request)
	if err != nil {
		return nil, err
	}
	p.body = body
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 && !op.bodyRequired {
		return nil, nil
	}
	if err := checkStructure(body, op.looseItems); err != nil {
		return nil, err
	}
	return checkSchema(op.body, op.options.SchemaValidationOptions, body)
}

func readBody(r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(r.Body); err != nil {
		if known := new(model.Error); errors.As(err, &known) {
			return nil, known // past the limit
		}
		return nil, model.Fail(model.CodeMalformed, err)
	}
	return b.Bytes(), nil
}

// checkSchema holds a well-formed body against its schema.
func checkSchema(schema *openapi3.Schema, options []openapi3.SchemaValidationOption, body []byte) ([]model.FieldError, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, model.Fail(model.CodeMalformed, err)
	}
	err := schema.VisitJSON(value, options...)
	if err == nil {
		return nil, nil
	}
	return faults(err), nil
}
