package model

// Passage is what happened at a gate (通行记录): decided, then passed, annulled
// or timed out. It names the pass by its number, never the person.
type Passage struct {
	ID          string
	CommunityID string
	GateID      string
	// DeviceID is who recorded it: the device, or the staff account for a passage by
	// hand.
	DeviceID string
	// PassNumber is 0 when the code was not ours.
	PassNumber uint64
	// Kind is the pass's kind, or unknown.
	Kind string
	// Direction is in or out.
	Direction     string
	Perimeter     string
	WindowNo      uint32
	Decision      string
	Reason        string
	RuleVersion   int64
	BundleVersion string
	Online        bool
	// TemperatureTenths is in tenths of °C; 0 means not measured.
	TemperatureTenths int
	SkewSeconds       int
	// CodeDigest is the first half of the hex SM3 of a text that is no code of
	// ours, so that repeated tries can be told without keeping the text.
	CodeDigest string
	ScannedAt  int64
	ReceivedAt int64
	// Outcome is decided, passed, annulled or timed_out.
	Outcome   string
	OutcomeAt int64
	// Way is how the pass was shown; empty when that is not known.
	Way string
}

// Outcomes of a passage that was made, that opened no door, or through which nobody came.
const (
	OutcomePassed   = "passed"
	OutcomeAnnulled = "annulled"
	OutcomeTimedOut = "timed_out"
)

// Use is the one spending of a code (使用).
type Use struct {
	WindowNo   uint32
	PassNumber uint64
	// Direction is 1 for in, 2 for out.
	Direction uint8
	Perimeter string
	PassageID string
}

// Conflict is one use admitted more than once (冲突): one row per use, whatever
// the order in which the gates' records came in. Its id is derived from the use.
type Conflict struct {
	ID          string
	CommunityID string
	WindowNo    uint32
	PassNumber  uint64
	Direction   uint8
	Perimeter   string
	CreatedAt   int64
	PassageIDs  []string `gorm:"-"`
}
