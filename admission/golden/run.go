package golden

import (
	"time"

	"communitypass.cn/communitypass/admission"
)

// RulesNow are the scene's rules, with its emergency in them.
func (s *Scene) RulesNow() *admission.Rules {
	rules := s.Rules
	if s.EmergencyUntil != nil {
		rules.EmergencyUntil = s.EmergencyUntil.UnixMilli()
	}
	return &rules
}

// Question is what is asked in the scene, its code freshly signed.
func (f *File) Question(s *Scene) (admission.Question, error) {
	q := admission.Question{Plate: s.Plate, Direction: s.Direction, ScannedAt: s.ScannedAt, TemperatureTenths: s.Temperature}
	if s.OffsetSeconds != nil {
		q.ClockOffset = time.Duration(*s.OffsetSeconds * float64(time.Second))
		q.ClockOffsetKnown = true
	}
	if id := s.Identified; id != nil {
		kind, err := kindOf(id.Kind)
		q.Identified = admission.Identity{Kind: kind, Pass: id.Pass, Group: id.Group}
		return q, err
	}
	if s.Plate {
		return q, nil
	}
	var err error
	q.Code, err = f.Text(s.Code)
	return q, err
}

// Decide runs the engine itself on the scene.
func (f *File) Decide(s *Scene) (admission.Decision, error) {
	question, err := f.Question(s)
	if err != nil {
		return admission.Decision{}, err
	}
	return f.Answer(s, question)
}

// Answer runs the engine in the scene on a question of the caller's.
func (f *File) Answer(s *Scene, q admission.Question) (admission.Decision, error) {
	known, err := f.Facts(s)
	if err != nil {
		return admission.Decision{}, err
	}
	return admission.Decide(q, &s.Gate, s.RulesNow(), known, s.Now, s.Stale), nil
}
