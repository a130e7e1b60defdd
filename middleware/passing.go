package middleware

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// passing is what is known of one request on its way through. It is itself the
// request's context: one allocation for everything that handlers ask for, where
// a chain of context.WithValue would take one for each.
type passing struct {
	context.Context
	// operation is nil when no operation of the contract was asked for.
	operation *Operation
	begun     time.Time
	id        string
	language  string
	caller    *model.Caller
	clientIP  string
	cookie    string
	// body is the whole body, once Contract has read it.
	body []byte
	// code is that of the problem which was answered, for the access log.
	code model.Code
}

// Value answers our own keys from the fields and leaves others to the parent.
func (p *passing) Value(key any) any {
	k, ours := key.(contextKey)
	if !ours {
		return p.Context.Value(key)
	}
	switch k {
	case passingKey:
		return p
	case callerKey:
		return p.caller
	case languageKey:
		return p.language
	case requestIDKey:
		return p.id
	case clientIPKey:
		return p.clientIP
	case cookieKey:
		return p.cookie
	}
	return nil
}

// passingOf finds the record that Begin made; it is above everything else here.
func passingOf(c *gin.Context) *passing {
	ctx := c.Request.Context()
	if p, ok := ctx.(*passing); ok {
		return p
	}
	p, _ := ctx.Value(passingKey).(*passing)
	return p
}

// fail hands an error to Problems, which alone writes them.
func fail(c *gin.Context, err error) {
	_ = c.Error(err)
	c.Abort()
}
