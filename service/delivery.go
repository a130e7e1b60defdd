package service

import (
	"context"
	"encoding/hex"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"

	"github.com/emmansun/gmsm/sm3"
)

// Deliveries are the events of a recipient on their way (投递记录).
type Deliveries struct {
	Deps
	// keep is how long delivered events are kept.
	keep  time.Duration
	nudge func(recipientID string)
}

// KeepDelivered is how long delivered events are kept unless said otherwise.
const KeepDelivered = 30 * 24 * time.Hour

// NewDeliveries makes the use cases of deliveries. keep is how long delivered
// events are kept; nudge tells this replica's forwarder to look at a recipient now.
func NewDeliveries(d Deps, keep time.Duration, nudge func(recipientID string)) *Deliveries {
	return &Deliveries{Deps: d, keep: keep, nudge: nudge}
}

// List lists a recipient's deliveries, newest first, of one state unless that is
// empty. The cursor is a sequence.
func (s *Deliveries) List(ctx context.Context, caller *model.Caller, recipientID, state string, p Page) (List[model.Delivery], error) {
	if _, err := s.recipient(ctx, caller, "recipient.read", recipientID); err != nil {
		return List[model.Delivery]{}, err
	}
	var before int64
	if p.Cursor != "" {
		n, err := strconv.ParseInt(p.Cursor, 10, 64)
		if err != nil || n < 1 {
			return List[model.Delivery]{}, model.Invalid(model.FieldError{Field: "cursor", Code: "format"})
		}
		before = n
	}
	found, err := s.Store.View(ctx).Deliveries(recipientID, state, before, p.Size()+1)
	if err != nil {
		return List[model.Delivery]{}, err
	}
	return paged(found, p, func(d model.Delivery) string { return strconv.FormatInt(d.Sequence, 10) }), nil
}

// Retry queues one delivery again, now and with a fresh schedule: one that is
// dead or waits, and one that was delivered, for a recipient that lost it.
// Errors: not_found; state_changed while a worker holds it.
func (s *Deliveries) Retry(ctx context.Context, caller *model.Caller, id string) (model.Delivery, error) {
	d, err := s.Store.View(ctx).Delivery(id)
	if err != nil {
		return model.Delivery{}, err
	}
	if err := s.Directory.Reach(caller, "recipient.manage", d.CommunityID); err != nil {
		return model.Delivery{}, err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		did, err := tx.RetryDelivery(d.CommunityID, id)
		if err != nil {
			return err
		}
		if !did {
			e := model.Fail(model.CodeStateChanged)
			e.State = model.DeliveryLeased
			return e
		}
		if err := tx.Audit(caller, d.CommunityID, "delivery.retry", "delivery", id, map[string]string{"from": d.State}); err != nil {
			return err
		}
		d, err = tx.Delivery(id)
		return err
	})
	if err != nil {
		return model.Delivery{}, err
	}
	s.nudge(d.RecipientID)
	return d, nil
}

const (
	// replayLimit bounds how many sequences one call replays.
	replayLimit = 100_000
	// replayChunk bounds one transaction, since gates write to the same database.
	replayChunk = 1_000
)

// Replay queues what was delivered or given up among sequences [from, to] again,
// with the same ids and sequences, and says how many. What still waits is left as
// it is. Broken off, it may be repeated. Errors: not_found, invalid.
func (s *Deliveries) Replay(ctx context.Context, caller *model.Caller, recipientID string, from, to int64) (int64, error) {
	r, err := s.recipient(ctx, caller, "recipient.manage", recipientID)
	if err != nil {
		return 0, err
	}
	switch {
	case from < 1:
		return 0, model.Invalid(model.FieldError{Field: "/from_sequence", Code: "range", Limit: "1"})
	case to < from, to-from >= replayLimit:
		return 0, model.Invalid(model.FieldError{Field: "/to_sequence", Code: "range", Limit: strconv.Itoa(replayLimit)})
	}
	last := min(to, r.Sequence)
	// The act is written first: broken off, what was queued is accounted for.
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Audit(caller, r.CommunityID, "delivery.replay", "recipient", recipientID,
			map[string]string{"from_sequence": strconv.FormatInt(from, 10), "to_sequence": strconv.FormatInt(to, 10)})
	})
	var queued int64
	for start := from; start <= last && err == nil; start += replayChunk {
		var n int64
		err = s.Store.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.ReplayDeliveries(r.CommunityID, recipientID, start, min(start+replayChunk-1, last), last)
			return err
		})
		queued += n
	}
	if queued > 0 {
		s.nudge(recipientID)
	}
	return queued, err
}

// DeliveryDigest sums up the events of one hour, to compare books with a recipient.
type DeliveryDigest struct {
	// Hour is its beginning, Unix milliseconds.
	Hour  int64
	Count int64
	// FirstSequence and LastSequence are 0 when there is no event.
	FirstSequence, LastSequence int64
	// SM3 is hex over the ids in order of sequence, each followed by a line feed.
	SM3 string
}

const digestPage = 1_000

// Digest sums up a recipient's events of the hour (UTC) that holds an instant,
// by the time of the event and in whatever state they are. An hour of which
// events may have been purged answers not_found rather than half a sum.
func (s *Deliveries) Digest(ctx context.Context, caller *model.Caller, recipientID string, at time.Time) (DeliveryDigest, error) {
	if _, err := s.recipient(ctx, caller, "recipient.read", recipientID); err != nil {
		return DeliveryDigest{}, err
	}
	hour := at.UTC().Truncate(time.Hour)
	if hour.Before(s.Clock.Now().Add(-s.keep)) {
		return DeliveryDigest{}, model.NotFound()
	}
	out := DeliveryDigest{Hour: model.Millis(hour)}
	h := sm3.New()
	tx := s.Store.View(ctx)
	for {
		page, err := tx.EventsOfTime(recipientID, out.Hour, out.Hour+time.Hour.Milliseconds(), out.LastSequence, digestPage)
		if err != nil {
			return DeliveryDigest{}, err
		}
		for _, e := range page {
			if out.Count == 0 {
				out.FirstSequence = e.Sequence
			}
			out.Count++
			out.LastSequence = e.Sequence
			_, _ = h.Write(append([]byte(e.ID), '\n'))
		}
		if len(page) < digestPage {
			out.SM3 = hex.EncodeToString(h.Sum(nil))
			return out, nil
		}
	}
}

// purgeChunk bounds one transaction of a purge, since gates write to the same
// database.
const purgeChunk = 500

// PurgeDelivered deletes what was delivered before an instant (Unix milliseconds)
// and says how much. It may be broken off and repeated, and run on two replicas.
func (s *Deliveries) PurgeDelivered(ctx context.Context, before int64) (int64, error) {
	recipients, err := s.Store.View(ctx).AllRecipientIDs()
	var total int64
	for i := 0; i < len(recipients) && err == nil; {
		var n int64
		err = s.Store.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.PurgeDelivered(recipients[i], before, purgeChunk)
			return err
		})
		total += n
		if n < purgeChunk {
			i++
		}
	}
	return total, err
}
