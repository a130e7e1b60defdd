package day

import "time"

// beijing is the time by which the communities live.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// until moves on to the next time that the community's clocks show the hour. What is
// counted by the day is played within one.
func (d *Day) until(hour int) {
	now := d.now().In(beijing)
	next := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, beijing)
	if !next.After(now) {
		next = next.AddDate(0, 0, 1)
	}
	d.later(next.Sub(now))
}

// instant is a time as the contract writes it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// today is the calendar day of the community.
func (d *Day) today() string { return d.now().In(beijing).Format(time.DateOnly) }
