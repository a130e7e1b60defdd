// Package handler is HTTP: it implements the generated strict server, one file
// and one type per resource, which API puts together. A handler binds, makes one
// call of a service, and writes.
package handler

import (
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// page is the bounds of a list as asked for.
func page(limit *wire.Limit, cursor *wire.Cursor) service.Page {
	var p service.Page
	if limit != nil {
		p.Limit = *limit
	}
	if cursor != nil {
		p.Cursor = *cursor
	}
	return p
}

// each maps the items of a list to their wire form; never nil, so that an empty
// list is [] and not null.
func each[A, B any](items []A, f func(A) B) []B {
	out := make([]B, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
}

// optional is nil for the zero value, so that the field is left out.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// given is the value of an optional field, zero when it is absent.
func given[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
