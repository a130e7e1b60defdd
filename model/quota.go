package model

// QuotaSpend is one admission to be counted against a quota: of all admissions of
// a pass, a day, a direction and a perimeter, at most Limit.
type QuotaSpend struct {
	// Day is the community's day since 2025-01-01.
	Day        uint32
	PassNumber uint64
	// Direction is 1 for in, 2 for out.
	Direction uint8
	Perimeter string
	// Limit is the bound; 0 counts an admission that stands whatever the quota says.
	Limit int
}
