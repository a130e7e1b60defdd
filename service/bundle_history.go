package service

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"

	"communitypass.cn/communitypass/admission"
)

const (
	// historySteps and historyNumbers bound what is remembered of a community's
	// exceptions: the changes that led to the present list, and the passes in them.
	historySteps   = 256
	historyNumbers = 20_000
	// historyVersions is how many bundles of one gate and profile a delta can start from.
	historyVersions = 64
)

// exceptionHistory remembers how the exceptions of each community have changed: the
// numbers of the passes alone, never a list or a bundle of the past. It is of this
// replica and begins with it; what it does not know is no delta.
type exceptionHistory struct {
	mu          sync.Mutex
	seed        maphash.Seed
	communities map[string]*exceptionList
	places      map[string][]placeVersion
}

// placeVersion is a bundle of a gate and profile, and the list that was in it.
type placeVersion struct {
	version string
	list    uint64
}

// exceptionList is the list that was noted last, 16 bytes an exception.
type exceptionList struct {
	// number counts the lists of the community, from 1.
	number uint64
	marks  []exceptionMark
	// steps lead from list to list; the last one to the present.
	steps   [][]uint64
	numbers int
}

// exceptionMark stands for an exception. Two that are taken for one make a delta that
// no signature fits; then the gate takes the whole bundle.
type exceptionMark struct{ number, sum uint64 }

// note numbers the list of exceptions, sorted by pass, of a bundle that was made.
func (h *exceptionHistory) note(communityID, place, version string, passes []admission.BundleException) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.communities == nil {
		h.seed, h.communities, h.places = maphash.MakeSeed(), map[string]*exceptionList{}, map[string][]placeVersion{}
	}
	if list, known := h.known(place, version); known {
		return list
	}
	marks := make([]exceptionMark, len(passes))
	for i, p := range passes {
		marks[i] = exceptionMark{p.Number, maphash.Comparable(h.seed, p.Pass)}
	}
	l := h.communities[communityID]
	if l == nil {
		l = &exceptionList{number: 1, marks: marks}
		h.communities[communityID] = l
	}
	l.turn(marks)
	versions := append(h.places[place], placeVersion{version, l.number})
	h.places[place] = slices.Clone(versions[max(len(versions)-historyVersions, 0):])
	return l.number
}

func (h *exceptionHistory) known(place, version string) (list uint64, known bool) {
	for _, v := range h.places[place] {
		if v.version == version {
			return v.list, true
		}
	}
	return 0, false
}

// turn makes another list the present one.
func (l *exceptionList) turn(marks []exceptionMark) {
	step := changedNumbers(l.marks, marks)
	if len(step) == 0 {
		return
	}
	l.number++
	l.marks = marks
	l.steps = append(l.steps, step)
	l.numbers += len(step)
	for len(l.steps) > historySteps || l.numbers > historyNumbers {
		l.numbers -= len(l.steps[0])
		l.steps = slices.Clone(l.steps[1:])
	}
}

// changedNumbers are the passes that are in one list only, or otherwise in the other.
func changedNumbers(before, after []exceptionMark) []uint64 {
	var out []uint64
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].number < after[0].number:
			out, before = append(out, before[0].number), before[1:]
		case len(before) == 0 || after[0].number < before[0].number:
			out, after = append(out, after[0].number), after[1:]
		default:
			if before[0] != after[0] {
				out = append(out, after[0].number)
			}
			before, after = before[1:], after[1:]
		}
	}
	return out
}

// between are the passes that may differ between the list of a version and a later
// list, sorted; not known for one that is too long ago, or was made elsewhere.
func (h *exceptionHistory) between(communityID, place, version string, to uint64) (numbers []uint64, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	from, known := h.known(place, version)
	l := h.communities[communityID]
	if !known || l == nil || from > to {
		return nil, false
	}
	first := l.number - uint64(len(l.steps)) // the list before the first step
	if from < first {
		return nil, false
	}
	for _, step := range l.steps[from-first : to-first] {
		numbers = append(numbers, step...)
	}
	slices.SortFunc(numbers, cmp.Compare[uint64])
	return slices.Compact(numbers), true
}
