package store

import (
	"encoding/binary"
	"hash"
	"strconv"

	"communitypass.cn/communitypass/model"

	"github.com/emmansun/gmsm/sm3"
	"gorm.io/gorm"
)

var passageColumns = []string{"id", "community_id", "gate_id", "device_id", "pass_number", "kind", "direction", "perimeter",
	"window_no", "decision", "reason", "rule_version", "bundle_version", "online", "temperature_tenths", "skew_seconds",
	"code_digest", "scanned_at", "received_at", "outcome", "outcome_at", "way"}

func passageValues(p *model.Passage) []any {
	online := 0
	if p.Online {
		online = 1
	}
	return []any{p.ID, p.CommunityID, p.GateID, p.DeviceID, p.PassNumber, p.Kind, p.Direction, p.Perimeter,
		p.WindowNo, p.Decision, p.Reason, p.RuleVersion, p.BundleVersion, online, p.TemperatureTenths, p.SkewSeconds,
		p.CodeDigest, p.ScannedAt, p.ReceivedAt, p.Outcome, p.OutcomeAt, p.Way}
}

// passageTargets is where the values of passageColumns go when they are read.
func passageTargets(p *model.Passage) []any {
	return []any{&p.ID, &p.CommunityID, &p.GateID, &p.DeviceID, &p.PassNumber, &p.Kind, &p.Direction, &p.Perimeter,
		&p.WindowNo, &p.Decision, &p.Reason, &p.RuleVersion, &p.BundleVersion, &p.Online, &p.TemperatureTenths, &p.SkewSeconds,
		&p.CodeDigest, &p.ScannedAt, &p.ReceivedAt, &p.Outcome, &p.OutcomeAt, &p.Way}
}

// passageDigest is SM3 over the columns of passages that never change after they
// were written (all but the outcome), each ended by a separator that no value holds.
type passageDigest struct {
	h   hash.Hash
	buf []byte
}

func newPassageDigest() *passageDigest { return &passageDigest{h: sm3.New()} }

func (d *passageDigest) add(p *model.Passage) {
	b := d.buf[:0]
	for _, text := range [...]string{p.ID, p.CommunityID, p.GateID, p.DeviceID, p.Kind, p.Direction, p.Perimeter, p.Decision, p.Reason, p.BundleVersion, p.CodeDigest} {
		b = append(append(b, text...), 0)
	}
	for _, n := range [...]int64{int64(p.PassNumber), int64(p.WindowNo), p.RuleVersion, int64(p.TemperatureTenths), int64(p.SkewSeconds), p.ScannedAt, p.ReceivedAt} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	b = strconv.AppendBool(b, p.Online)
	// The way came later. It is appended only where there is one, so that seals of
	// before still hold; in small letters it cannot be taken for the id that follows.
	b = append(b, p.Way...)
	_, _ = d.h.Write(b)
	d.buf = b
}

func (d *passageDigest) sum() []byte { return d.h.Sum(nil) }

// PassageFilter narrows a list of passages; zero values do not narrow.
type PassageFilter struct {
	GateID   string
	Decision string
	// From and Until bound the time received, [From, Until), in Unix milliseconds.
	From, Until int64
}

// commitDelay bounds, in milliseconds, how long after its arrival a passage is
// committed.
const commitDelay = 60_000

// Passages lists a community's passages, newest first, at most limit with an id
// below before (all when empty).
func (t *Tx) Passages(communityID string, f PassageFilter, before string, limit int) ([]model.Passage, error) {
	q := t.along("passages", "passages_community").Where("community_id = ?", communityID)
	if before != "" {
		q = q.Where("id < ?", before)
	}
	if f.GateID != "" {
		q = q.Where("gate_id = ?", f.GateID)
	}
	if f.Decision != "" {
		q = q.Where("decision = ?", f.Decision)
	}
	// An id carries the time of the commit, a moment after the time received, so
	// bounds of time bound the key as well.
	if f.From > 0 {
		q = q.Where("received_at >= ? AND id >= ?", f.From, model.IDFloor(f.From))
	}
	if f.Until > 0 {
		q = q.Where("received_at < ? AND id < ?", f.Until, model.IDFloor(f.Until+commitDelay))
	}
	var out []model.Passage
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// Passage reads one passage of a community.
func (t *Tx) Passage(communityID, id string) (model.Passage, error) {
	var p model.Passage
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&p).Error
	return p, translate(err)
}

// PassageIDsAfter lists the ids of a community's passages behind one, oldest first.
func (t *Tx) PassageIDsAfter(communityID, after string, limit int) ([]string, error) {
	var out []string
	err := t.along("passages", "passages_community").Where("community_id = ? AND id > ?", communityID, after).Order("id").Limit(limit).Pluck("id", &out).Error
	return out, translate(err)
}

// PassagesByID reads some of a community's passages, oldest first.
func (t *Tx) PassagesByID(communityID string, ids []string) ([]model.Passage, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var out []model.Passage
	err := t.db.Where("community_id = ? AND id IN ?", communityID, ids).Order("id").Find(&out).Error
	return out, translate(err)
}

// SetOutcome moves a device's passage from decided to passed, annulled or
// timed_out, once, and says whether it did.
func (t *Tx) SetOutcome(communityID, deviceID, id, outcome string) (bool, error) {
	return changed(t.db.Model(&model.Passage{}).
		Where("community_id = ? AND device_id = ? AND id = ? AND outcome = ?", communityID, deviceID, id, "decided").
		Updates(map[string]any{"outcome": outcome, "outcome_at": t.now()}))
}

// LastAdmitted gives the direction of the last admission of a pass through a
// perimeter that was not annulled or timed out, or "" when there is none. A vehicle
// does not count: who of the home sat in it is not known.
func (t *Tx) LastAdmitted(communityID string, passNumber uint64, perimeter string) (string, error) {
	var p model.Passage
	err := t.db.Select("direction").Where("pass_number = ? AND community_id = ? AND perimeter = ? AND decision = ? AND outcome IN ? AND way <> ?",
		passNumber, communityID, perimeter, "admit", []string{"decided", "passed"}, model.WayPlate).Order("id DESC").Take(&p).Error
	if err = translate(err); model.IsNotFound(err) {
		return "", nil
	}
	return p.Direction, err
}

// UsesFrom lists the uses of a window and those after it, for the memory of a
// process that starts.
func (t *Tx) UsesFrom(windowNo uint32, limit int) ([]model.Use, error) {
	var out []model.Use
	err := t.db.Where("window_no >= ?", windowNo).Limit(limit).Find(&out).Error
	return out, translate(err)
}

// TrailFilter narrows the trail of some passes; a zero bound is none.
type TrailFilter struct {
	// CommunityID is empty for all communities.
	CommunityID string
	PassNumbers []uint64
	// From and Until bound the time received, [From, Until), in Unix milliseconds.
	From, Until int64
}

// Trail lists the passages of some passes, newest first, with an id below before.
func (t *Tx) Trail(f TrailFilter, before string, limit int) ([]model.Passage, error) {
	if len(f.PassNumbers) == 0 {
		return nil, nil
	}
	byID := keyset[model.Passage]{column: "id", of: func(p *model.Passage) string { return p.ID }, limit: limit}
	return merged(t, byID, f.PassNumbers, func(number uint64) *gorm.DB { return t.trailOf(f, number, before) })
}

func (t *Tx) trailOf(f TrailFilter, number uint64, before string) *gorm.DB {
	q := t.along("passages", "passages_pass").Where("pass_number = ?", number)
	if f.CommunityID != "" {
		q = q.Where("community_id = ?", f.CommunityID)
	}
	if f.From > 0 {
		q = q.Where("received_at >= ? AND id >= ?", f.From, model.IDFloor(f.From))
	}
	if f.Until > 0 {
		q = q.Where("received_at < ? AND id < ?", f.Until, model.IDFloor(f.Until+commitDelay))
	}
	return below(q, "id", before)
}

// PassesOfPersons lists all passes that some persons hold or held.
func (t *Tx) PassesOfPersons(personIDs []string) ([]model.Pass, error) {
	var out []model.Pass
	err := t.db.Where("person_id IN ?", personIDs).Order("id DESC").Limit(maxPasses).Find(&out).Error
	return out, translate(err)
}

// maxPasses bounds the passes that one question is asked about; the newest count.
const maxPasses = 2000
