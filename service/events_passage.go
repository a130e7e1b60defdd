package service

import (
	"strconv"

	"communitypass.cn/communitypass/model"
)

// passageEvents is events for a recorded passage without a map: each scan at a
// gate makes them. It happened when it was received, since an hour whose events
// are compared must not change when a gate that was offline catches up; what the
// gate's clock said is scanned_at. Empty texts and a skew of nothing are left out.
func (d *Deps) passageEvents(c *CommunityView, p *model.Passage, personID, building string) []model.Delivery {
	var out []model.Delivery
	var body []byte
	for i := range c.Recipients {
		r := &c.Recipients[i]
		if !r.wantsPassages || !model.TellsDecision(r.Format, p.Decision) {
			continue
		}
		if out == nil {
			out = make([]model.Delivery, 0, len(c.Recipients)-i)
			body = make([]byte, 0, 512)
		}
		body = appendPassage(body[:0], r.passages, p, personID, building)
		out = append(out, d.eventFor(r, model.EventPassageRecorded, p.ID, p.ReceivedAt, body))
	}
	return out
}

func appendPassage(b []byte, fields passageFields, p *model.Passage, personID, building string) []byte {
	b = append(b, '{')
	for i, name := range passageFieldNames {
		if fields&(1<<i) != 0 {
			b = appendPassageField(b, name, p, personID, building)
		}
	}
	return append(b, '}')
}

func appendPassageField(b []byte, name string, p *model.Passage, personID, building string) []byte {
	switch name {
	case "building":
		return appendTextField(b, name, building)
	case "decision":
		return appendTextField(b, name, p.Decision)
	case "device_id":
		return appendTextField(b, name, p.DeviceID)
	case "direction":
		return appendTextField(b, name, p.Direction)
	case "gate_id":
		return appendTextField(b, name, p.GateID)
	case "kind":
		return appendTextField(b, name, p.Kind)
	case "passage_id":
		return appendTextField(b, name, p.ID)
	case "person_id":
		return appendTextField(b, name, personID)
	case "reason":
		return appendTextField(b, name, p.Reason)
	case "online":
		return strconv.AppendBool(appendName(b, name), p.Online)
	case "received_at":
		return appendInstant(appendName(b, name), model.FromMillis(p.ReceivedAt))
	case "scanned_at":
		return appendInstant(appendName(b, name), model.FromMillis(p.ScannedAt))
	case "rule_version":
		return strconv.AppendInt(appendName(b, name), p.RuleVersion, 10)
	case "skew_seconds":
		if p.SkewSeconds != 0 {
			return strconv.AppendInt(appendName(b, name), int64(p.SkewSeconds), 10)
		}
	}
	return b
}

func appendTextField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendText(appendName(b, name), value)
}
