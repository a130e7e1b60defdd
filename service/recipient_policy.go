package service

import (
	"bytes"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"

	"github.com/go-json-experiment/json/jsontext"
)

// RecipientView is a recipient with its field policy made ready for use. Nothing
// leaves for a recipient but the fields of its policy (rule 13): events are cut
// when they are written and once more when they are sent.
type RecipientView struct {
	model.Recipient
	// fields holds, for each event type that is wanted, the fields that may leave,
	// sorted. A type that is not wanted is absent.
	fields map[string][]string
	// passages is fields of passage events as a set, since gates make those.
	passages      passageFields
	wantsPassages bool
}

func viewRecipient(r model.Recipient) RecipientView {
	v := RecipientView{Recipient: r, fields: make(map[string][]string, len(r.EventTypes))}
	for _, t := range r.EventTypes {
		v.fields[t] = policyFields(r.FieldPolicy, t)
	}
	var leave []string
	leave, v.wantsPassages = v.fields[model.EventPassageRecorded]
	v.passages = passageFieldsOf(leave)
	return v
}

// policyFields is what a policy lets out of one type, sorted: never a field that
// the registry does not know, and the registry's default for a type that is newer
// than the policy.
func policyFields(policy map[string][]string, eventType string) []string {
	known := model.EventFields[eventType]
	chosen, ok := policy[eventType]
	if !ok {
		chosen = known.Default
	}
	out := []string{}
	for _, f := range chosen {
		if slices.Contains(known.Default, f) || slices.Contains(known.Optional, f) {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// cut takes out of a stored body what the policy does not let out any more: it
// may have been narrowed since the body was written. A body within the policy
// comes back as it is, byte for byte.
func (v *RecipientView) cut(eventType, body string) (string, error) {
	if v.PolicyVersion == 1 {
		return body, nil // the first policy: what was written is within it
	}
	return onlyFields(body, v.fields[eventType])
}

// onlyFields leaves of the members of a body those that are allowed.
func onlyFields(body string, allowed []string) (string, error) {
	d := jsontext.NewDecoder(bytes.NewBufferString(body), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return "", err
	}
	out, whole := append(make([]byte, 0, len(body)), '{'), true
	for d.PeekKind() == '"' {
		name, err := d.ReadValue()
		if err != nil {
			return "", err
		}
		// Names are of the registry and stand in the body without escapes.
		i := slices.IndexFunc(allowed, func(f string) bool { return string(name[1:len(name)-1]) == f })
		value, err := d.ReadValue()
		if err != nil {
			return "", err
		}
		if i < 0 {
			whole = false
			continue
		}
		out = append(appendName(out, allowed[i]), value...)
	}
	if _, err := d.ReadToken(); err != nil {
		return "", err
	}
	if whole {
		return body, nil
	}
	return string(append(out, '}')), nil
}

// newPolicy is the policy of a new recipient: the registry's default, written
// out, so that a later default does not widen what was agreed.
func newPolicy() map[string][]string {
	out := make(map[string][]string, len(model.EventFields))
	for t := range model.EventFields {
		out[t] = policyFields(nil, t)
	}
	return out
}

// checkPolicy refuses types and fields that no event has. What it gives back
// names every type: one that was not given lets nothing out.
func checkPolicy(fields map[string][]string) (map[string][]string, error) {
	var wrong []model.FieldError
	for t, names := range fields {
		known, ok := model.EventFields[t]
		if !ok {
			wrong = append(wrong, model.FieldError{Field: "/fields/" + pointerEscape(t), Code: "unknown"})
			continue
		}
		for _, n := range names {
			if !slices.Contains(known.Default, n) && !slices.Contains(known.Optional, n) {
				wrong = append(wrong, model.FieldError{Field: "/fields/" + pointerEscape(t), Code: "enum"})
				break
			}
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b model.FieldError) int { return strings.Compare(a.Field, b.Field) })
		return nil, model.Invalid(wrong...)
	}
	out := make(map[string][]string, len(model.EventFields))
	for t := range model.EventFields {
		out[t] = policyFields(map[string][]string{t: fields[t]}, t)
	}
	return out, nil
}

// pointerEscape writes a name into a JSON pointer (RFC 6901).
func pointerEscape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
