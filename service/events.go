package service

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

func (d *Deps) events(c *CommunityView, eventType, subject string, at int64, data map[string]any) []model.Delivery {
	var out []model.Delivery
	for _, r := range c.Recipients {
		body, _ := json.Marshal(data)
		out = append(out, model.Delivery{ID: model.NewID(d.Clock.Now()), RecipientID: r.ID, CommunityID: c.ID, Type: eventType, Subject: subject, OccurredAt: at, Body: string(body)})
	}
	return out
}

func (d *Deps) passageEvents(c *CommunityView, p *model.Passage, personID, building string) []model.Delivery {
	return d.events(c, model.EventPassageRecorded, p.ID, p.ReceivedAt, map[string]any{"passage_id": p.ID})
}
