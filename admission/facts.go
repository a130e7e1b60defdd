package admission

import "communitypass.cn/communitypass/passcode"

// Facts are what the one who decides knows of the gate's community: the server
// answers from memory, an offline gate from its bundle and its own journal, a
// rehearsal from history. The answers must not change during one decision and
// must come without waiting; nothing here can fail.
type Facts interface {
	// Key finds the community's key, and false for a number it has no live key of.
	Key(number uint16) (*passcode.Verifier, bool)
	// Pass says what is known of a pass; the Pass is read only when Known.
	Pass(number uint64) (Pass, Knowledge)
	// Group finds an access group. The engine only reads it; a group that is not
	// found opens no gate.
	Group(number uint16) (*Group, bool)
	// Used reports whether the key has been spent.
	Used(key UseKey) bool
	// Admitted counts the admissions of the key's day, without those that were
	// annulled or timed out.
	Admitted(key QuotaKey) int
	// Inside reports whether the pass last came in through the perimeter and has
	// not gone out since.
	Inside(pass uint64, perimeter string) bool
}

// Knowledge says how much is known of a pass number.
type Knowledge uint8

// Degrees of knowledge.
const (
	// Unlisted is an offline gate's usual answer: the number is none of its
	// bundle's exceptions, so nothing is known against the pass.
	Unlisted Knowledge = iota
	// Known comes with the pass itself.
	Known
	// Missing is the server's answer for a number that it never gave out or has
	// deleted; a genuine code of such a pass counts as withdrawn.
	Missing
)

// Pass is what is known of one pass. It holds nothing personal but the colour.
type Pass struct {
	Withdrawn  bool `json:"withdrawn,omitempty"`
	Restricted bool `json:"restricted,omitempty"`
	// ValidFrom and ValidUntil are Unix milliseconds, from the first until just
	// before the second; zero is without bound.
	ValidFrom  int64 `json:"valid_from,omitempty"`
	ValidUntil int64 `json:"valid_until,omitempty"`
	// ApprovalPending is a visit that nobody has approved yet.
	ApprovalPending bool   `json:"approval_pending,omitempty"`
	Colour          Colour `json:"colour,omitempty"`
	// ReportDue says that the holder's health report is missing or too old.
	ReportDue bool `json:"report_due,omitempty"`
	// Group is the pass's access group now; zero leaves the one in the code.
	Group uint16 `json:"group,omitempty"`
	// Quota is the pass's own bound a day beside those of its kind and of cards; the
	// smallest counts. Zero is without.
	Quota int `json:"quota,omitempty"`
	// Phone is the PhoneDigest of the one phone whose strips count; codes that another
	// phone signed are withdrawn. Empty leaves them all.
	Phone string `json:"phone,omitempty"`
}

// Colour is the health colour. Only red stops anybody; yellow is shown to the
// guard and is for the people who follow up.
type Colour string

// Colours; the empty one is not known.
const (
	Green  Colour = "green"
	Yellow Colour = "yellow"
	Red    Colour = "red"
)

// UseKey is the one spending of a code. Of all scans with the same key exactly
// one admits.
type UseKey struct {
	// Window is the code's window. For a card, or a pass that was identified without
	// a code, it is the window in which it was shown.
	Window    uint32
	Pass      uint64
	Direction Direction
	Perimeter string
}

// QuotaKey is what admissions are counted by.
type QuotaKey struct {
	// Day is the community's day, as Rules.DayAt counts it.
	Day       uint32
	Pass      uint64
	Direction Direction
	Perimeter string
}
