package service

import (
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

// Years that a date of a roster may lie in.
const (
	firstYear = 1900
	lastYear  = 2199
)

// noLease is what people write where there is no end.
var noLease = map[string]bool{"": true, "-": true, "--": true, "—": true, "——": true, "/": true, "无": true, "长期": true, "无期限": true, "none": true}

// leaseUntil reads the last day of a lease; the lease ends with that day, in
// China's time.
func (r *lineReader) leaseUntil() int64 {
	written := r.header.cell(r.row, "lease_until")
	if noLease[strings.ReplaceAll(written, " ", "")] {
		return 0
	}
	day, ok := readDate(written)
	if !ok {
		r.fail("lease_until", model.RosterFormat)
		return 0
	}
	return model.Millis(day.AddDate(0, 0, 1))
}

// ageGroup reads the group, or makes it of the date of birth, which is not kept.
func (r *lineReader) ageGroup(now time.Time) model.AgeGroup {
	word := strings.ToLower(strings.ReplaceAll(model.HalfWidth(r.header.cell(r.row, "age_group")), " ", ""))
	if word != "" {
		if g, ok := rosterAges[word]; ok {
			return g
		}
		r.fail("age_group", model.RosterEnum)
		return ""
	}
	written := r.header.cell(r.row, "birth")
	if written == "" {
		return ""
	}
	day, ok := readDate(written)
	if !ok || day.After(now) {
		r.fail("birth", model.RosterFormat)
		return ""
	}
	return ageGroupAt(day, now)
}

// ageGroupAt is the age group of somebody born on a day: under fourteen a child, an
// elder from the sixtieth birthday.
func ageGroupAt(born, now time.Time) model.AgeGroup {
	today := now.In(chinaTime)
	switch {
	case today.Before(born.AddDate(14, 0, 0)):
		return model.AgeChild
	case today.Before(born.AddDate(60, 0, 0)):
		return model.AgeAdult
	}
	return model.AgeElder
}

// readDate takes a date as people and spreadsheets write it: 2026-12-31,
// 2026/12/31, 2026.12.31, 20261231, 2026年12月31日, with a time of day behind it,
// or the number of days by which Excel counts. A date that could be read in two
// ways, such as 01/02/2026, is refused.
func readDate(written string) (time.Time, bool) {
	text := strings.TrimSpace(model.HalfWidth(written))
	text, _, _ = strings.Cut(text, " ")
	text, _, _ = strings.Cut(text, "T")
	if days, err := strconv.ParseFloat(text, 64); err == nil && !(len(text) == 8 && !strings.Contains(text, ".")) {
		return serialDate(days)
	}
	text = strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-").Replace(text)
	for _, layout := range []string{"2006-1-2", "20060102"} {
		if day, err := time.ParseInLocation(layout, text, chinaTime); err == nil && day.Year() >= firstYear && day.Year() <= lastYear {
			return day, true
		}
	}
	return time.Time{}, false
}

// Days as Excel counts them that are taken for dates: of 1908 to 2201. A lower
// number is a year before it is a day.
const (
	firstSerial = 3_000
	lastSerial  = 110_000
)

// serialDate is a day as Excel counts it. Its calendar has a 29 February 1900 that
// never was, so days are counted from 30 December 1899.
func serialDate(days float64) (time.Time, bool) {
	if !(days >= firstSerial && days <= lastSerial) {
		return time.Time{}, false
	}
	return time.Date(1899, 12, 30+int(days), 0, 0, 0, 0, chinaTime), true
}
