package admission

import "communitypass.cn/communitypass/model"

// Passback says what a gate does when a pass comes in twice without going out.
type Passback string

// Modes of passback. The empty mode is off.
const (
	PassbackOff  Passback = "off"
	PassbackSoft Passback = "soft" // refer
	PassbackHard Passback = "hard" // refuse
)

// Fallback says what a gate does, going in, when its bundle is too old to decide.
type Fallback string

// Fallbacks. Anything else is taken for ask_guard.
const (
	FallbackResidentsOnly Fallback = "residents_only"
	FallbackAskGuard      Fallback = "ask_guard"
	FallbackClosed        Fallback = "closed"
)

// Gate is what the engine needs to know of the place where a code is shown.
type Gate struct {
	ID string `json:"id"`
	// Community is the community's number as it stands in codes (24 bits).
	Community uint32 `json:"community"`
	// Perimeter names the ring the gate belongs to; single use, quota and passback
	// are counted per perimeter.
	Perimeter string   `json:"perimeter"`
	Passback  Passback `json:"passback,omitempty"`
	Fallback  Fallback `json:"fallback,omitempty"`
}

// maxCommunity is the largest number that fits the code's three bytes.
const maxCommunity = 1<<24 - 1

// Validate lists the fields that cannot stand.
func (g *Gate) Validate() []model.FieldError {
	var bad fieldErrors
	if g.ID == "" {
		bad.add("/id", "required", "")
	}
	if g.Community < 1 || g.Community > maxCommunity {
		bad.add("/community", "range", "1..16777215")
	}
	if g.Perimeter == "" {
		bad.add("/perimeter", "required", "")
	}
	switch g.Passback {
	case "", PassbackOff, PassbackSoft, PassbackHard:
	default:
		bad.add("/passback", "enum", "off, soft, hard")
	}
	switch g.Fallback {
	case "", FallbackResidentsOnly, FallbackAskGuard, FallbackClosed:
	default:
		bad.add("/fallback", "enum", "residents_only, ask_guard, closed")
	}
	return bad
}

func (g *Gate) watchesPassback() bool {
	return g.Passback == PassbackSoft || g.Passback == PassbackHard
}

// fieldErrors collects what a Validate finds.
type fieldErrors []model.FieldError

func (f *fieldErrors) add(field, code, limit string) {
	*f = append(*f, model.FieldError{Field: field, Code: code, Limit: limit})
}
