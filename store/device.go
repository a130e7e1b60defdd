package store

import (
	"communitypass.cn/communitypass/model"
)

// DeviceSeen keeps what a heartbeat said: time, clock, versions, queue.
func (t *Tx) DeviceSeen(communityID string, d model.Device) error {
	return translate(t.db.Model(&model.Device{}).Where("community_id = ? AND id = ?", communityID, d.ID).Updates(map[string]any{
		"last_seen_at": d.LastSeenAt, "clock_offset_ms": d.ClockOffsetMs, "clock_known": d.ClockKnown,
		"software": d.Software, "bundle_version": d.BundleVersion, "queue_length": d.QueueLength}).Error)
}
