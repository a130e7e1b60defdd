package service

import (
	"context"
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// passwordSlots is how many passwords are hashed or checked at once. Each takes 19
// MiB and a whole core for some 30 ms.
const passwordSlots = 2

// Passwords bounds the work that strangers can cause with passwords. All use cases
// of one process share one.
type Passwords struct{ slots chan struct{} }

// NewPasswords makes a bound for one process.
func NewPasswords() *Passwords { return &Passwords{slots: make(chan struct{}, passwordSlots)} }

// wait gets a slot, or answers overloaded when the context ends first. The slot is
// given back by done.
func (p *Passwords) wait(ctx context.Context) (done func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, model.FailLater(model.CodeOverloaded, 2, ctx.Err())
	}
}

// hash judges a new password and derives what is stored of it.
func (p *Passwords) hash(ctx context.Context, rules Profile, username, password string) (string, error) {
	if weakPassword(rules, username, password) {
		return "", model.Fail(model.CodePasswordWeak)
	}
	return p.derive(ctx, password)
}

// derive makes what is stored of a password that was judged, or made by us.
func (p *Passwords) derive(ctx context.Context, password string) (string, error) {
	done, err := p.wait(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return gm.HashPassword(password)
}

// Bounds of a password, in characters, and the fewest different ones in it.
const (
	passwordLeast    = 8
	passwordMost     = 128
	passwordDistinct = 5
)

// commonPasswords are those that are tried first, one a line, in lower case.
//
//go:embed staff_password_common.txt
var commonPasswords string

// weakPassword reports whether a password is among the first that somebody would try:
// too short, one of the commonest, one of those with digits or signs around it,
// of few different characters, or holding the username.
func weakPassword(rules Profile, username, password string) bool {
	lower := strings.ToLower(password)
	if passwordClasses(password) < rules.PasswordClasses {
		return true
	}
	if n := utf8.RuneCountInString(password); n < passwordLeast || n > passwordMost {
		return true
	}
	if strings.Contains(lower, strings.ToLower(username)) {
		return true
	}
	distinct := map[rune]bool{}
	for _, r := range lower {
		distinct[r] = true
	}
	if len(distinct) < passwordDistinct {
		return true
	}
	return commonPassword(lower) || commonPassword(strings.Trim(lower, "0123456789!@#$%^&*()_-+=.,?~ "))
}

// passwordClasses counts the kinds of characters: lower case, upper case, digits, and
// whatever else.
func passwordClasses(password string) int {
	var lower, upper, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

func commonPassword(lower string) bool {
	return lower != "" && slices.Contains(strings.Fields(commonPasswords), lower)
}
