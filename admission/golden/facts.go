package golden

import (
	"fmt"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/passcode"
)

// facts answers from a scene.
type facts struct {
	keys     map[uint16]*passcode.Verifier
	passes   map[uint64]admission.Pass
	groups   map[uint16]*admission.Group
	unlisted admission.Knowledge
	used     map[admission.UseKey]bool
	admitted map[admission.QuotaKey]int
	inside   map[Entrance]bool
}

func (f *facts) Key(number uint16) (*passcode.Verifier, bool) {
	v, ok := f.keys[number]
	return v, ok
}

func (f *facts) Pass(number uint64) (admission.Pass, admission.Knowledge) {
	if p, ok := f.passes[number]; ok {
		return p, admission.Known
	}
	return admission.Pass{}, f.unlisted
}

func (f *facts) Group(number uint16) (*admission.Group, bool) {
	g, ok := f.groups[number]
	return g, ok
}

func (f *facts) Used(key admission.UseKey) bool { return f.used[key] }

func (f *facts) Admitted(key admission.QuotaKey) int { return f.admitted[key] }

func (f *facts) Inside(pass uint64, perimeter string) bool {
	return f.inside[Entrance{Pass: pass, Perimeter: perimeter}]
}

// Facts are what is known in the scene.
func (f *File) Facts(s *Scene) (admission.Facts, error) {
	known := &facts{
		keys: map[uint16]*passcode.Verifier{}, passes: map[uint64]admission.Pass{},
		groups: map[uint16]*admission.Group{}, used: map[admission.UseKey]bool{},
		admitted: map[admission.QuotaKey]int{}, inside: map[Entrance]bool{},
	}
	if s.Missing {
		known.unlisted = admission.Missing
	}
	for _, number := range s.Keys {
		pair, found := f.keys[keyName(number)]
		if !found {
			return nil, fmt.Errorf("golden: no key %d", number)
		}
		known.keys[number] = pair.verifier
	}
	for number, p := range s.Passes {
		known.passes[number] = p.stored()
	}
	for number, g := range s.Groups {
		known.groups[number] = &g
	}
	for _, u := range s.Spent {
		key := admission.UseKey{Window: passcode.WindowAt(u.WindowOf), Pass: u.Pass, Direction: u.Direction, Perimeter: u.Perimeter}
		known.used[key] = true
	}
	for _, a := range s.Admitted {
		day, err := dayOf(a.Day)
		if err != nil {
			return nil, err
		}
		key := admission.QuotaKey{Day: day, Pass: a.Pass, Direction: a.Direction, Perimeter: a.Perimeter}
		known.admitted[key] += a.Times
	}
	for _, e := range s.Inside {
		known.inside[Entrance{Pass: e.Pass, Perimeter: e.Perimeter}] = true
	}
	return known, nil
}

func (p Pass) stored() admission.Pass {
	stored := p.Pass
	if p.From != nil {
		stored.ValidFrom = p.From.UnixMilli()
	}
	if p.Until != nil {
		stored.ValidUntil = p.Until.UnixMilli()
	}
	return stored
}
