package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// form is how a sentence of the server is held against one that somebody else wrote: by
// names and types, since what they say differs.
type form struct {
	// fixed are paths whose values are words of the protocol, and must be equal.
	fixed []string
	// needed are paths that must be there whatever meant says of the rest.
	needed []string
	// meant says, by path, why the server's own differs on purpose. A path ends a branch;
	// "*" is for whatever else is absent, where the protocol lets everything be.
	meant map[string]string
}

// likeness is what a comparison found.
type likeness struct {
	same, ours []string
	// wrong are differences that nobody meant, meant those that are.
	wrong, meant []string
}

// compare holds ours against theirs, both as encoding/json reads them.
func (f form) compare(theirs, ours any) likeness {
	var l likeness
	f.walk(&l, "", theirs, ours)
	return l
}

func (f form) walk(l *likeness, path string, theirs, ours any) {
	if why, ok := f.meant[path]; ok && path != "" {
		if !sameForm(theirs, ours) || fmt.Sprint(theirs) != fmt.Sprint(ours) {
			l.meant = append(l.meant, path+": "+why)
		}
		return
	}
	switch t := theirs.(type) {
	case map[string]any:
		o, ok := ours.(map[string]any)
		if !ok {
			l.wrong = append(l.wrong, fmt.Sprintf("%s is %s, not %s", named(path), kindOf(ours), kindOf(theirs)))
			return
		}
		for _, name := range slices.Sorted(maps.Keys(t)) {
			at := strings.TrimPrefix(path+"."+name, ".")
			mine, there := o[name]
			switch why, meant := f.meant[at]; {
			case there:
				f.walk(l, at, t[name], mine)
			case t[name] == nil: // null is as good as absent
			case meant:
				l.meant = append(l.meant, at+": "+why)
			case f.meant["*"] != "" && !slices.Contains(f.needed, at):
				l.meant = append(l.meant, at+": "+f.meant["*"])
			default:
				l.wrong = append(l.wrong, "without "+at)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(o)) {
			if _, there := t[name]; !there {
				l.ours = append(l.ours, strings.TrimPrefix(path+"."+name, "."))
			}
		}
	case []any:
		o, ok := ours.([]any)
		switch {
		case !ok:
			l.wrong = append(l.wrong, fmt.Sprintf("%s is %s, not a list", named(path), kindOf(ours)))
		case len(t) > 0 && len(o) > 0:
			f.walk(l, path+"[]", t[0], o[0])
		default: // an empty list has no form
			l.same = append(l.same, path)
		}
	default:
		switch {
		case theirs == nil:
		case !sameForm(theirs, ours):
			l.wrong = append(l.wrong, fmt.Sprintf("%s is %s, not %s", named(path), kindOf(ours), kindOf(theirs)))
		case slices.Contains(f.fixed, path) && fmt.Sprint(theirs) != fmt.Sprint(ours):
			l.wrong = append(l.wrong, fmt.Sprintf("%s is %v, not %v", path, ours, theirs))
		default:
			l.same = append(l.same, path)
		}
	}
}

func sameForm(a, b any) bool { return kindOf(a) == kindOf(b) }

func named(path string) string { return cmp.Or(path, "it") }

// kindOf names the type of a JSON value.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "absent"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "true or false"
	}
	return "a number"
}

// said is the outcome of a comparison: what is alike, what differs on purpose and why,
// what the server says beyond it. Errors: a difference that nobody meant.
func (l likeness) said(sentence, answer string) (outcome, error) {
	o := outcome{answer: answer, heard: fmt.Sprintf("%s has its form: %d alike", sentence, len(l.same))}
	if len(l.same) > 0 && len(l.same) < 12 {
		o.heard += " (" + strings.Join(l.same, ", ") + ")"
	}
	if len(l.ours) > 0 {
		o.heard += "; ours adds " + strings.Join(l.ours, ", ")
	}
	if len(l.meant) > 0 {
		o.heard += "; on purpose: " + strings.Join(l.meant, "; ")
	}
	if len(l.wrong) > 0 {
		return o, fmt.Errorf("%s has not its form: %s", sentence, strings.Join(l.wrong, "; "))
	}
	return o, nil
}

// jsonValue is a JSON value of any kind.
func jsonValue(text []byte) (any, bool) {
	var v any
	return v, json.Unmarshal(readable(text), &v) == nil
}

// against holds a JSON answer against the file.
func (f form) against(sentence string, theirs any, answer []byte) (outcome, error) {
	ours, ok := jsonValue(answer)
	if !ok {
		return outcome{answer: string(answer)}, fmt.Errorf("%s is no JSON", sentence)
	}
	return f.compare(theirs, ours).said(sentence, string(answer))
}
