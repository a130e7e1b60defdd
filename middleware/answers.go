package middleware

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
)

// CheckAnswers holds every answer against the contract and reports, by operation,
// each that does not fit: a column that leaked, a null for a list, a status that
// nobody described. It is for tests; it keeps each answer in memory.
func CheckAnswers(report func(operationID string, err error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		op := passingOf(c).operation
		if op == nil || op.stream {
			return // a stream cannot wait for its end
		}
		answer := hold(c)
		defer answer.remove(c)
		c.Next()
		if err := op.checkAnswer(answer); err != nil {
			report(op.ID, err)
		}
		answer.send(c)
	}
}

func (op *Operation) checkAnswer(answer *held) error {
	described := op.route.Operation.Responses.Status(answer.status)
	if described == nil {
		described = op.route.Operation.Responses.Default()
		if answer.status < 400 {
			return fmt.Errorf("%d is not described", answer.status)
		}
	}
	content := described.Value.Content
	if len(content) == 0 {
		if answer.body.Len() > 0 {
			return fmt.Errorf("%d has a body of %d bytes, and none is described", answer.status, answer.body.Len())
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(answer.Header().Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("%d: Content-Type: %w", answer.status, err)
	}
	media := content.Get(kind)
	switch {
	case media == nil:
		return fmt.Errorf("%d is %s, which is not described", answer.status, kind)
	case kind != "application/json" && kind != "application/problem+json":
		return nil
	}
	return checkAnswerBody(media.Schema.Value, answer)
}

func checkAnswerBody(schema *openapi3.Schema, answer *held) error {
	d := json.NewDecoder(bytes.NewReader(answer.body.Bytes()))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return fmt.Errorf("%d: %w", answer.status, err)
	}
	err := schema.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails())
	if err != nil {
		return errors.Join(errors.New(strconv.Itoa(answer.status)+" does not fit its schema"), err)
	}
	return nil
}
