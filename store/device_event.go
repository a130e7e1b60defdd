package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"communitypass.cn/communitypass/model"
)

// ExpiringDeviceEvents by the time received, Unix milliseconds.
var ExpiringDeviceEvents = Expiring{"device_events", "id", "received_at", ""}

// deviceEventRow is an event at rest, its plate sealed.
type deviceEventRow struct {
	model.DeviceEvent `gorm:"embedded"`
	DetailJSON        string `gorm:"column:detail"`
	PlateCt           []byte
}

func (deviceEventRow) TableName() string { return "device_events" }

// plateContext binds a sealed plate to its event.
func plateContext(eventID string) string { return "device_events.plate:" + eventID }

// CreateDeviceEvent stores an event; conflict when the device has told it before.
func (t *Tx) CreateDeviceEvent(e model.DeviceEvent) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return err
	}
	row := deviceEventRow{DeviceEvent: e, DetailJSON: inASCII(detail)}
	if e.Plate != "" {
		ring, err := t.store.Ring()
		if err != nil {
			return err
		}
		if row.PlateCt, err = ring.Seal(plateContext(e.ID), []byte(e.Plate)); err != nil {
			return err
		}
	}
	return translate(t.db.Create(&row).Error)
}

// inASCII is a JSON text with every other character escaped, as the column wants it.
func inASCII(text []byte) string {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return string(out)
}

// DeviceEventByKey reads the event that a device told under a key.
func (t *Tx) DeviceEventByKey(deviceID, key string) (model.DeviceEvent, error) {
	var row deviceEventRow
	err := t.db.Where("device_id = ? AND event_key = ?", deviceID, key).Take(&row).Error
	if err != nil {
		return row.DeviceEvent, translate(err)
	}
	return row.DeviceEvent, json.Unmarshal([]byte(row.DetailJSON), &row.Detail)
}

// standingKeys are the keys of changes in what stands at a device, in their order.
const standingKeys = "standing."

// LastStanding reads how many changes in what stands at a device there have been, and
// what stood after the last.
func (t *Tx) LastStanding(deviceID string) (changes int, standing []string, err error) {
	var row deviceEventRow
	err = t.db.Where("device_id = ? AND event_key >= ? AND event_key < ?", deviceID, standingKeys, "standing/").Order("event_key DESC").Limit(1).Find(&row).Error
	if err != nil || row.ID == "" {
		return 0, nil, translate(err)
	}
	detail := map[string]string{}
	if err = json.Unmarshal([]byte(row.DetailJSON), &detail); err != nil {
		return 0, nil, err
	}
	if changes, err = strconv.Atoi(strings.TrimPrefix(row.Key, standingKeys)); err != nil {
		return 0, nil, err
	}
	return changes, strings.FieldsFunc(detail["standing"], func(r rune) bool { return r == ',' }), nil
}

// CreateStanding stores change n in what stands at a device; conflict when somebody
// else has stored an n-th one.
func (t *Tx) CreateStanding(e model.DeviceEvent, n int) error {
	detail := maps.Clone(e.Detail)
	detail["standing"] = strings.Join(e.Standing, ",")
	e.Key, e.Detail = fmt.Sprintf("%s%012d", standingKeys, n), detail
	return t.CreateDeviceEvent(e)
}

// UnreportedAlarms lists alarms of a community that no platform above was told of, the
// oldest first, received since a moment (Unix milliseconds).
func (t *Tx) UnreportedAlarms(communityID string, since int64, limit int) ([]model.DeviceEvent, error) {
	var rows []deviceEventRow
	err := t.along("device_events", "device_events_reported").Where("community_id = ? AND kind = ? AND reported_at = 0 AND state = 'raised' AND received_at >= ?", communityID, model.DeviceAlarm, since).
		Order("id").Limit(limit).Find(&rows).Error
	out := make([]model.DeviceEvent, len(rows))
	for i, r := range rows {
		out[i] = r.DeviceEvent
		if err := json.Unmarshal([]byte(r.DetailJSON), &out[i].Detail); err != nil {
			return nil, err
		}
	}
	return out, translate(err)
}

// AlarmReported notes that a platform above was told of an alarm, once, and says
// whether it did.
func (t *Tx) AlarmReported(communityID, id string) (bool, error) {
	return changed(t.db.Table("device_events").Where("community_id = ? AND id = ? AND reported_at = 0", communityID, id).Update("reported_at", t.now()))
}

// DeviceEventFilter narrows a list; empty fields do not.
type DeviceEventFilter struct {
	DeviceID string
	Kind     model.DeviceEventKind
}

// DeviceEvents lists a community's events, newest first, with an id below before
// (all when empty).
func (t *Tx) DeviceEvents(communityID string, f DeviceEventFilter, before string, limit int) ([]model.DeviceEvent, error) {
	q := t.along("device_events", "device_events_community").Where("community_id = ?", communityID)
	if f.DeviceID != "" {
		q = q.Where("device_id = ?", f.DeviceID)
	}
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var rows []deviceEventRow
	if err := q.Order("id DESC").Limit(limit).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, translate(err)
	}
	ring, err := t.store.Ring()
	if err != nil {
		return nil, err
	}
	out := make([]model.DeviceEvent, len(rows))
	for i, r := range rows {
		out[i] = r.DeviceEvent
		if err := json.Unmarshal([]byte(r.DetailJSON), &out[i].Detail); err != nil {
			return nil, err
		}
		if len(r.PlateCt) > 0 {
			plate, err := ring.Open(plateContext(r.ID), r.PlateCt)
			if err != nil {
				return nil, err
			}
			out[i].Plate = string(plate)
		}
	}
	return out, nil
}
