package admission

import (
	"time"

	"communitypass.cn/communitypass/passcode"
)

// Defaults that stand for a zero in Rules.
const (
	// DefaultZone is China's one time zone.
	DefaultZone = 8 * 60
	// DefaultCardQuota keeps a printed card from ever being without a bound.
	DefaultCardQuota = 10
	// DefaultTemperatureLimit is 37.3 °C, where China's epidemic guidance began to
	// speak of fever.
	DefaultTemperatureLimit = 373
	// DefaultReportHours lets a report of this morning count until tomorrow's.
	DefaultReportHours = 24
)

// Rules are what a community has decided about passing. They are stored and sent
// to gates as JSON; each change has a new version, and every decision names it.
type Rules struct {
	// Version rises by one with each change, from 1.
	Version int64 `json:"version"`
	// ZoneMinutes is the community's fixed offset from UTC, east positive; zero is
	// DefaultZone.
	ZoneMinutes int       `json:"zone_minutes,omitempty"`
	Kinds       KindRules `json:"kinds"`
	// CardQuota is how often a day a printed card admits, per direction and
	// perimeter; zero is DefaultCardQuota. A card is never without a quota.
	CardQuota int `json:"card_quota,omitempty"`
	// EmergencyUntil is the end of emergency mode in Unix milliseconds, zero in
	// ordinary mode. From that instant on nothing of health is judged, whether or
	// not newer rules have reached the gate.
	EmergencyUntil int64 `json:"emergency_until,omitempty"`
	// ReportRequired refers, in emergency, whose health report is due.
	ReportRequired bool `json:"report_required,omitempty"`
	// TemperatureLimit in tenths of °C is the lowest reading that is too high,
	// judged in emergency only; zero is DefaultTemperatureLimit.
	TemperatureLimit int `json:"temperature_limit_tenths,omitempty"`
	// ReportHours is how long a health report counts; zero is DefaultReportHours. The
	// engine does not look at it: who says whether a report is due does.
	ReportHours int `json:"report_hours,omitempty"`
	// PhoneStrips lets phones sign codes themselves (format 3); without it such a code
	// is no code of ours.
	PhoneStrips bool `json:"phone_strips,omitempty"`
}

// KindRules holds the rules of each kind of pass.
type KindRules struct {
	Resident KindRule `json:"resident"`
	Visitor  KindRule `json:"visitor"`
	Courier  KindRule `json:"courier"`
	Staff    KindRule `json:"staff"`
	Vehicle  KindRule `json:"vehicle"`
}

// KindRule is what holds for every pass of a kind.
type KindRule struct {
	// Hours hold beside those of the pass's access group: both must be open.
	Hours Hours `json:"hours,omitempty"`
	// Quota is how often a day a pass admits, per direction and perimeter; zero is
	// without bound.
	Quota int `json:"quota,omitempty"`
}

// DayAt numbers the community's day that t lies in: its calendar date counted
// from 2025-01-01, which is day 0. Quotas are counted by it, and a card's code
// carries it as the last day of the card.
func (r *Rules) DayAt(t time.Time) uint32 { return passcode.DayAt(t.Add(r.zone())) }

// DayBounds are the first instant of the community's day that t lies in, and the
// first of the next.
func (r *Rules) DayBounds(t time.Time) (from, until time.Time) {
	local := t.Add(r.zone()).UTC()
	from = local.Truncate(24 * time.Hour).Add(-r.zone())
	return from, from.Add(24 * time.Hour)
}

// Within reports whether hours are open at t in the community's zone.
func (r *Rules) Within(h Hours, t time.Time) bool { return h.open(localAt(t, r.zone())) }

// Filled are the rules with every default written out.
func (r *Rules) Filled() Rules {
	out := *r
	out.ZoneMinutes, out.CardQuota = orDefault(r.ZoneMinutes, DefaultZone), r.cardQuota()
	out.TemperatureLimit, out.ReportHours = r.temperatureLimit(), orDefault(r.ReportHours, DefaultReportHours)
	return out
}

// of finds the rule of a kind. A code always has one of these kinds.
func (k *KindRules) of(kind passcode.Kind) KindRule {
	switch kind {
	case passcode.Resident:
		return k.Resident
	case passcode.Visitor:
		return k.Visitor
	case passcode.Courier:
		return k.Courier
	case passcode.Staff:
		return k.Staff
	case passcode.Vehicle:
		return k.Vehicle
	default:
		return KindRule{}
	}
}

// emergency reports whether emergency mode holds at the instant.
func (r *Rules) emergency(at time.Time) bool { return at.UnixMilli() < r.EmergencyUntil }

func (r *Rules) zone() time.Duration {
	return time.Duration(orDefault(r.ZoneMinutes, DefaultZone)) * time.Minute
}

func (r *Rules) cardQuota() int        { return orDefault(r.CardQuota, DefaultCardQuota) }
func (r *Rules) temperatureLimit() int { return orDefault(r.TemperatureLimit, DefaultTemperatureLimit) }

func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}
