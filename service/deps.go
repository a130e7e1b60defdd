// Package service holds the use cases: rules, transactions, audit and outbox
// rows. It declares the small interfaces of the outside that it needs and knows
// neither HTTP nor SQL.
package service

import (
	"log/slog"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Deps is what every use case stands on.
type Deps struct {
	Store     *store.Store
	Clock     model.Clock
	Directory *Directory
	Log       *slog.Logger
	// Ways is how messages reach phones; the zero value has the inbox only.
	Ways MessageWays
	// Profile is how strict accounts of staff are.
	Profile Profile
}

// now is the clock in Unix milliseconds.
func (d *Deps) now() int64 { return model.Millis(d.Clock.Now()) }

// Page bounds a list: at most Limit items behind Cursor, which is the last key of
// the page before (empty on the first).
type Page struct {
	Cursor string
	Limit  int
}

// Size is Limit between 1 and 200, 50 when unset.
func (p Page) Size() int {
	if p.Limit == 0 {
		return 50
	}
	return min(max(p.Limit, 1), 200)
}

// List is one page of things and the cursor of the next, empty on the last.
type List[T any] struct {
	Items []T
	Next  string
}

// paged cuts a result of Size+1 items to Size and names the cursor by key.
func paged[T any](items []T, p Page, key func(T) string) List[T] {
	if n := p.Size(); len(items) > n {
		return List[T]{Items: items[:n], Next: key(items[n-1])}
	}
	return List[T]{Items: items}
}
