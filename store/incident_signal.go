package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"
)

// UnconsideredEvents lists device events of which nobody has yet said whether they
// make an incident, oldest first. Plates stay sealed.
func (t *Tx) UnconsideredEvents(limit int) ([]model.DeviceEvent, error) {
	var rows []deviceEventRow
	if err := t.along("device_events", "device_events_considered").Where("considered = 0").Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]model.DeviceEvent, len(rows))
	for i, r := range rows {
		out[i] = r.DeviceEvent
		if err := json.Unmarshal([]byte(r.DetailJSON), &out[i].Detail); err != nil {
			out[i].Detail = nil // what cannot be read holds up nothing else
		}
	}
	return out, nil
}

// ConsiderEvents marks events as considered and says whether all of them were new:
// else somebody else is at it, and the transaction must fail.
func (t *Tx) ConsiderEvents(ids []string) (bool, error) {
	r := t.db.Table("device_events").Where("id IN ? AND considered = 0", ids).Update("considered", 1)
	return r.RowsAffected == int64(len(ids)), translate(r.Error)
}

// HasDeviceEvent reports whether a community has an event.
func (t *Tx) HasDeviceEvent(communityID, id string) (bool, error) {
	var n int64
	err := t.db.Table("device_events").Where("id = ? AND community_id = ?", id, communityID).Count(&n).Error
	return n > 0, translate(err)
}

// writeSignals makes an event of the device of each passage at which a temperature
// was too high, in the passage's own transaction, so that the incident which follows
// from it is never lost and never doubled.
func (w *batchWrite) writeSignals([]*ticket) error {
	rows := newRows("device_events", "id", "community_id", "device_id", "gate_id", "event_key", "kind", "live", "received_at", "direction", "state", "detail", "passage_id")
	for _, t := range w.fresh {
		p := &t.result.Passage
		if p.Reason != temperatureHigh {
			continue
		}
		device := p.DeviceID
		if t.Audit != nil { // then it is the guard's account
			device = p.GateID
		}
		rows.add(model.NewID(w.now), p.CommunityID, device, p.GateID, "passage."+p.ID, model.DeviceReading, 0, p.ReceivedAt, p.Direction, "raised", temperatureDetail, p.ID)
	}
	return rows.insert(w)
}

// temperatureHigh is the reason of a passage and the word of the event that is made
// of it.
const (
	temperatureHigh   = "temperature_high"
	temperatureDetail = `{"what":"temperature_high"}`
)
