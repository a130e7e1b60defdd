package middleware

import (
	"bytes"
	"errors"
	"io"

	"communitypass.cn/communitypass/model"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep a body may be nested; the contract needs four.
const maxDepth = 32

// checkStructure refuses what JSON parsers disagree about, since two of ours read
// every body: names given twice, invalid UTF-8, anything after the one value,
// and absurd nesting. With looseItems names are compared at the top only: each
// item of a batch is judged on its own later, and one must not stop the others.
func checkStructure(body []byte, looseItems bool) *model.Error {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(looseItems))
	top := topNames{}
	for {
		token, err := d.ReadToken()
		switch {
		case err == io.EOF && d.StackDepth() == 0 && d.InputOffset() > 0:
			return oneValue(d)
		case err != nil:
			return malformed(err)
		case d.StackDepth() > maxDepth:
			return model.Fail(model.CodeMalformed)
		case looseItems && !top.add(d, token):
			return duplicate("/" + token.String())
		}
	}
}

// oneValue is reached at the end of the input; it must have held one value.
func oneValue(d *jsontext.Decoder) *model.Error {
	if _, values := d.StackIndex(0); values != 1 {
		return model.Fail(model.CodeMalformed)
	}
	return nil
}

// malformed keeps the place of a duplicate name and nothing of the rest, which
// may quote the body.
func malformed(err error) *model.Error {
	var at *jsontext.SyntacticError
	if errors.As(err, &at) && errors.Is(err, jsontext.ErrDuplicateName) {
		return duplicate(string(at.JSONPointer))
	}
	return model.Fail(model.CodeMalformed)
}

func duplicate(pointer string) *model.Error {
	e := model.Fail(model.CodeMalformed)
	e.Fields = []model.FieldError{{Field: shown(pointer), Code: fieldDuplicate}}
	return e
}

// topNames are the names of the outermost object.
type topNames map[string]bool

// add notes the token if it is such a name; false when it was there already.
func (t topNames) add(d *jsontext.Decoder, token jsontext.Token) bool {
	if d.StackDepth() != 1 || token.Kind() != '"' {
		return true
	}
	// Within an object names and values alternate, so a name makes the count odd.
	if kind, count := d.StackIndex(1); kind != '{' || count%2 == 0 {
		return true
	}
	name := token.String()
	if t[name] {
		return false
	}
	t[name] = true
	return true
}

// maxPointer bounds how much of a client's own naming comes back in an answer.
const maxPointer = 128

// shown is the pointer, or that of nothing when it is overlong.
func shown(pointer string) string {
	if len(pointer) > maxPointer {
		return ""
	}
	return pointer
}
