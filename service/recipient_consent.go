package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/model"

	"github.com/go-json-experiment/json"
)

// consented takes the fields that point at a person out of an event whose person has
// not consented to sharing, where the kind of the recipient asks for that. It is asked
// when the event leaves, so that a consent that was withdrawn holds for what waits and
// for what is replayed. It fails when the database does.
func (f *Forwarder) consented(ctx context.Context, to *RecipientView, d model.Delivery) (string, error) {
	personal := model.ConsentedFields(to.Kind)
	if len(personal) == 0 || !slices.ContainsFunc(to.fields[d.Type], func(name string) bool { return slices.Contains(personal, name) }) {
		return d.Body, nil
	}
	var who struct {
		PersonID string `json:"person_id"`
	}
	if err := json.Unmarshal([]byte(d.Body), &who); err != nil {
		return "{}", nil // what cannot be read does not leave
	}
	if who.PersonID == "" {
		return d.Body, nil
	}
	given, err := f.Store.View(ctx).Consented(who.PersonID, model.ConsentSharing)
	if err != nil || given {
		return d.Body, err
	}
	return onlyFields(d.Body, slices.DeleteFunc(slices.Clone(to.fields[d.Type]), func(name string) bool { return slices.Contains(personal, name) }))
}
