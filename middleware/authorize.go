package middleware

import (
	"context"
	"errors"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// Authenticator finds who is calling.
type Authenticator interface {
	// Authenticate finds whose bearer token this is. It answers unauthenticated
	// for one that is not ours, has run out or whose sign-in has ended.
	Authenticate(ctx context.Context, bearer string) (*model.Caller, error)
}

// Reacher knows which communities a caller's scopes cover.
type Reacher interface {
	// Reach answers not_found unless the caller holds the permission in a scope
	// that covers the community.
	Reach(c *model.Caller, p model.Permission, communityID string) error
}

// Refusals is told of callers whom an operation refused.
type Refusals interface {
	// Refused writes it down; whatever becomes of that, the refusal stands.
	Refused(ctx context.Context, caller *model.Caller, operationID string)
}

// errNoOperation says that a route was mounted which the contract does not have.
var errNoOperation = errors.New("a route is not in the contract")

// Authorize lets pass whom the contract lets: a caller of one of the operation's
// schemes, who holds its permission, in the community that the path names. Where
// else a caller may look is for the services to say.
func Authorize(auth Authenticator, reach Reacher, refusals Refusals) gin.HandlerFunc {
	return func(c *gin.Context) {
		p := passingOf(c)
		op := p.operation
		switch {
		case op == nil && c.FullPath() != "":
			fail(c, model.Fail(model.CodeInternal, errNoOperation))
			return
		case op == nil || op.open:
			return
		}
		token := bearer(c.Request.Header["Authorization"])
		if token == "" {
			fail(c, model.Fail(model.CodeUnauthenticated))
			return
		}
		caller, err := auth.Authenticate(p, token)
		if err != nil {
			fail(c, err)
			return
		}
		p.caller = caller
		if err = op.permits(caller); err != nil && refusals != nil {
			refusals.Refused(p, caller, op.ID)
		}
		if err == nil && op.community {
			err = reach.Reach(caller, op.permission, c.Param("cid"))
		}
		if err != nil {
			fail(c, err)
		}
	}
}

// permits checks the kind of the caller and the permission.
func (op *Operation) permits(caller *model.Caller) error {
	if caller == nil {
		return model.Fail(model.CodeUnauthenticated)
	}
	if !slices.Contains(op.kinds, caller.Kind) || !caller.Holds(op.permission) {
		return model.Fail(model.CodeForbidden)
	}
	return nil
}

// bearer is the token of exactly one "Authorization: Bearer …" (RFC 6750, 2.1).
func bearer(values []string) string {
	const scheme = "Bearer "
	if len(values) != 1 || len(values[0]) <= len(scheme) || !strings.EqualFold(values[0][:len(scheme)], scheme) {
		return ""
	}
	return strings.TrimSpace(values[0][len(scheme):])
}
