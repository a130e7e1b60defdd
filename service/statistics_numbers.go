package service

import (
	"cmp"
	"maps"
	"slices"
)

// leastPeople is how many different people must be behind a group for its number to
// be told.
const leastPeople = 5

// Numbers are what may be told of some days. A nil number is withheld, or was of
// nothing.
type Numbers struct {
	Passages, Admissions, Refusals, Referrals int64
	RefusalRate                               *float64
	// BusiestDayPasses is the different passes on the day that had most.
	BusiestDayPasses                        *int64
	ByHour, ByGate, ByKind, ByReason, ByWay []Group
	Phone, NoPhone                          LaneNumbers
}

// Group is one group of passages.
type Group struct {
	Key      string
	Passages *int64
}

// LaneNumbers is how those with a phone, or without, got in.
type LaneNumbers struct {
	Attempts *int64
	// MedianSeconds is the lower median from the first presentation to the admission.
	MedianSeconds *int64
	RefusalRate   *float64
}

func (t *tally) numbers() Numbers {
	out := Numbers{Admissions: t.Decisions[admissions], Refusals: t.Decisions[refusals], Referrals: t.Decisions[referrals],
		ByHour: shownGroups(t.Groups[byHour]), ByGate: shownGroups(t.Groups[byGate]), ByKind: shownGroups(t.Groups[byKind]),
		ByReason: shownGroups(t.Groups[byReason]), ByWay: shownGroups(t.Groups[byWay]),
		Phone: t.Lanes[lanePhone].numbers(), NoPhone: t.Lanes[laneNoPhone].numbers()}
	out.Passages = out.Admissions + out.Refusals + out.Referrals
	out.RefusalRate = rate(out.Refusals, out.Passages)
	if t.Passes >= leastPeople {
		passes := int64(t.Passes)
		out.BusiestDayPasses = &passes
	}
	return out
}

// shownGroups withholds the groups of few people. When that is only one, the smallest of
// the others goes too: it would follow from the sum.
func shownGroups(cells map[string]*cell) []Group {
	keys := slices.Sorted(maps.Keys(cells))
	var shown []string
	for _, k := range keys {
		if cells[k].People >= leastPeople {
			shown = append(shown, k)
		}
	}
	if len(shown) > 0 && len(keys)-len(shown) == 1 {
		least := slices.MinFunc(shown, func(a, b string) int { return cmp.Compare(cells[a].Passages, cells[b].Passages) })
		shown = slices.DeleteFunc(shown, func(k string) bool { return k == least })
	}
	out := make([]Group, len(keys))
	for i, k := range keys {
		out[i].Key = k
		if slices.Contains(shown, k) {
			out[i].Passages = &cells[k].Passages
		}
	}
	return out
}

func (l *lane) numbers() LaneNumbers {
	if l.People < leastPeople {
		return LaneNumbers{}
	}
	return LaneNumbers{Attempts: &l.Attempts, MedianSeconds: l.median(), RefusalRate: rate(l.Failed, l.Attempts)}
}

// median is the lower median of the waits, nil when nobody was admitted.
func (l *lane) median() *int64 {
	admitted := l.Attempts - l.Failed
	passed := int64(0)
	for _, seconds := range slices.Sorted(maps.Keys(l.Waits)) {
		if passed += l.Waits[seconds]; passed*2 >= admitted {
			median := int64(seconds)
			return &median
		}
	}
	return nil
}

func rate(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	r := float64(part) / float64(whole)
	return &r
}
