package service

import (
	"context"
	"encoding/json"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// Statistics is what happens at the gates in numbers, without names.
type Statistics struct{ Deps }

// NewStatistics makes the use cases of statistics.
func NewStatistics(d Deps) *Statistics { return &Statistics{Deps: d} }

const (
	permStatistics model.Permission = "statistics.read"

	// statisticsDays is how many days one question may span.
	statisticsDays = 92
	// marksPage is how many passages are counted at a time.
	marksPage = 5000
	// dayUnits bounds the days that one pass of the job counts, and dayBack how far
	// back it looks: passages are not kept longer.
	dayUnits = 500
	dayBack  = 31
	// dayRest is how long after its end a day is complete: its last passages are then
	// committed.
	dayRest = 2 * time.Minute
)

// Between gives the numbers of a community's days from first to last, dates as
// 2026-11-22. Days that were counted before are read, others are counted now.
// Errors: not_found out of scope, invalid.
func (s *Statistics) Between(ctx context.Context, caller *model.Caller, communityID, first, last string) (Numbers, error) {
	if err := s.Directory.Reach(caller, permStatistics, communityID); err != nil {
		return Numbers{}, err
	}
	community, _ := s.Directory.Community(communityID)
	from, to, err := dayRange(first, last)
	if err != nil {
		return Numbers{}, err
	}
	today := community.Rules.DayAt(s.Clock.Now())
	tx := s.Store.View(ctx)
	counted, err := tx.PassageDays(communityID, from, to)
	if err != nil {
		return Numbers{}, err
	}
	sum, known := newTally(), map[uint32]bool{}
	for _, d := range counted {
		day := newTally()
		if err := json.Unmarshal([]byte(d.Body), day); err != nil {
			return Numbers{}, model.Fail(model.CodeInternal, err)
		}
		sum.add(day)
		known[d.Day] = true
	}
	began := community.Rules.DayAt(model.FromMillis(community.CreatedAt))
	for day := max(from, began); day <= min(to, today); day++ {
		if known[day] {
			continue
		}
		one, err := s.count(tx, community, day)
		if err != nil {
			return Numbers{}, err
		}
		sum.add(one)
	}
	return sum.numbers(), nil
}

// CountDays keeps the numbers of days that are over, one row a community and day, in
// transactions of one; it says how many. It may run twice and on two replicas.
func (s *Statistics) CountDays(ctx context.Context) (int, error) {
	done := 0
	for _, community := range s.Directory.communities() {
		now := s.Clock.Now()
		end := community.Rules.DayAt(now.Add(-dayRest)) // this day is not over
		first := max(end-min(end, dayBack), community.Rules.DayAt(model.FromMillis(community.CreatedAt)))
		if first >= end {
			continue
		}
		tx := s.Store.View(ctx)
		counted, err := tx.PassageDays(community.ID, first, end-1)
		if err != nil {
			return done, err
		}
		known := map[uint32]bool{}
		for _, d := range counted {
			known[d.Day] = true
		}
		for day := first; day < end && done < dayUnits; day++ {
			if known[day] {
				continue
			}
			if err := s.keepDay(ctx, tx, community, day); err != nil {
				return done, err
			}
			done++
		}
	}
	return done, nil
}

// keepDay counts a day and keeps it; a replica that was first keeps the same.
func (s *Statistics) keepDay(ctx context.Context, tx *store.Tx, community *CommunityView, day uint32) error {
	one, err := s.count(tx, community, day)
	if err != nil {
		return err
	}
	body, err := json.Marshal(one)
	if err != nil {
		return err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.CreatePassageDay(model.PassageDay{CommunityID: community.ID, Day: day, Body: string(body), CreatedAt: s.now()})
	})
	if model.CodeOf(err) == model.CodeConflict {
		return nil
	}
	return err
}

// count reads a day's passages page by page.
func (s *Statistics) count(tx *store.Tx, community *CommunityView, day uint32) (*tally, error) {
	c := newCounting(zoneOf(community.Rules))
	from, until := dayEnd(community.Rules, day-1), dayEnd(community.Rules, day)
	for after := ""; ; {
		page, err := tx.PassageMarks(community.ID, from, until, after, marksPage)
		if err != nil {
			return nil, err
		}
		for i := range page {
			c.count(&page[i])
		}
		if len(page) < marksPage {
			break
		}
		after = page[len(page)-1].ID
	}
	c.close(s.now())
	return c.tally, nil
}

// dayRange reads two dates, at most statisticsDays with both.
func dayRange(first, last string) (from, to uint32, err error) {
	var bad []model.FieldError
	read := func(field, date string) time.Time {
		t, err := time.Parse(time.DateOnly, date)
		if err != nil {
			bad = append(bad, model.FieldError{Field: field, Code: "format"})
		}
		return t
	}
	a, b := read("from", first), read("to", last)
	if bad == nil && (a.Before(passcode.Epoch) || a.Year() > 2100) {
		bad = append(bad, model.FieldError{Field: "from", Code: "range", Limit: passcode.Epoch.Format(time.DateOnly)})
	}
	if bad == nil && (b.Before(a) || b.Sub(a) >= statisticsDays*24*time.Hour) {
		bad = append(bad, model.FieldError{Field: "to", Code: "range", Limit: "92"})
	}
	if bad != nil {
		return 0, 0, model.Invalid(bad...)
	}
	return passcode.DayAt(a), passcode.DayAt(b), nil
}

// refusals and the like are the decisions as they are counted.
var (
	admissions = string(admission.Admit)
	refusals   = string(admission.Refuse)
	referrals  = string(admission.Refer)
)
