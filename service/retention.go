package service

import (
	"fmt"
	"time"

	"communitypass.cn/communitypass/model"
)

const day = 24 * time.Hour

// DefaultPassageAge is how long passages are kept unless the operator says
// otherwise.
const DefaultPassageAge = 30 * day

// Retention is how long rows are kept. A zero value is the default of each.
type Retention struct {
	Passages      time.Duration
	AccessLog     time.Duration
	Consents      time.Duration // after they were withdrawn
	Declined      time.Duration // residencies that were declined
	RosterImports time.Duration
	Incidents     time.Duration // after they were resolved
}

// RetentionBound is what a slip of the pen cannot go beyond.
type RetentionBound struct {
	// Name is that of the setting, as in KEEP_PASSAGES_DAYS.
	Name                   string
	Default, Least, Utmost time.Duration
	of                     func(*Retention) *time.Duration
}

// RetentionBounds are those of each kind of rows. Laws ask for six months of logs
// at least, and for three years of proof.
var RetentionBounds = []RetentionBound{
	{"passages", DefaultPassageAge, 7 * day, 180 * day, func(r *Retention) *time.Duration { return &r.Passages }},
	{"access_log", 3 * 365 * day, 180 * day, 10 * 365 * day, func(r *Retention) *time.Duration { return &r.AccessLog }},
	{"consents", 3 * 365 * day, 180 * day, 10 * 365 * day, func(r *Retention) *time.Duration { return &r.Consents }},
	{"declined", 30 * day, 7 * day, 365 * day, func(r *Retention) *time.Duration { return &r.Declined }},
	{"roster_imports", 90 * day, 7 * day, 365 * day, func(r *Retention) *time.Duration { return &r.RosterImports }},
	{"incidents", 180 * day, 30 * day, 3 * 365 * day, func(r *Retention) *time.Duration { return &r.Incidents }},
}

// Settled fills in the defaults and refuses what is out of bounds. Errors: invalid
// with a field for each setting that is.
func (r Retention) Settled() (Retention, error) {
	var out []model.FieldError
	for _, b := range RetentionBounds {
		value := b.of(&r)
		if *value == 0 {
			*value = b.Default
		}
		if *value < b.Least || *value > b.Utmost {
			out = append(out, model.FieldError{Field: b.Name, Code: "range", Limit: fmt.Sprintf("%d..%d days", b.Least/day, b.Utmost/day)})
		}
	}
	if len(out) > 0 {
		return r, model.Invalid(out...)
	}
	return r, nil
}
