package service

import (
	"encoding/json"
	"slices"

	"communitypass.cn/communitypass/model"
)

// events makes one event for each recipient of the community that wants the type,
// its data cut to the recipient's field policy.
func (d *Deps) events(community *CommunityView, eventType, subject string, at int64, data map[string]any) []model.Delivery {
	var out []model.Delivery
	for _, r := range community.Recipients {
		if !slices.Contains(r.EventTypes, eventType) {
			continue
		}
		cut := map[string]any{}
		for _, field := range r.FieldPolicy[eventType] {
			if v, ok := data[field]; ok {
				cut[field] = v
			}
		}
		body, err := json.Marshal(cut)
		if err != nil {
			d.Log.Error("event cannot be written", "type", eventType)
			continue
		}
		out = append(out, model.Delivery{ID: model.NewID(d.Clock.Now()), RecipientID: r.ID, CommunityID: community.ID,
			Type: eventType, Subject: subject, OccurredAt: at, Body: string(body)})
	}
	return out
}
