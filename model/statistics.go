package model

// PassageMark is as much of a passage as is counted.
type PassageMark struct {
	ID         string
	GateID     string
	PassNumber uint64
	Kind       string
	Direction  string
	Decision   string
	Reason     string
	Way        string
	Online     bool
	ScannedAt  int64
	ReceivedAt int64
}

// PassageDay is one day of a community in numbers. It names nobody and stays when
// the passages themselves are gone.
type PassageDay struct {
	CommunityID string
	// Day counts days as codes do; see passcode.DayAt.
	Day uint32
	// Body is JSON.
	Body      string
	CreatedAt int64
}
