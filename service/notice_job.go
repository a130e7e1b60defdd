package service

import (
	"cmp"
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// noticesAtOnce and personsAtOnce bound a pass and one of its transactions, so
	// that a notice for thousands holds nobody up.
	noticesAtOnce, personsAtOnce = 20, 100
	// toldPerPass bounds the transactions of one pass.
	toldPerPass = 50
	// noticeChunk is how many notices a pass of the purge drops, each with the
	// receipts of all who read it.
	noticeChunk = 20
)

// TellUrgent writes the messages of urgent notices that are out, each person one. It
// goes on where a pass before it ended, or died, and may run twice at the same time.
func (s *Notices) TellUrgent(ctx context.Context, lease store.Lease) error {
	due, err := s.Store.View(ctx).UntoldNotices(noticesAtOnce)
	if err != nil {
		return err
	}
	left := toldPerPass
	for _, n := range due {
		for told := false; !told && left > 0; left-- {
			if told, err = s.tellSome(ctx, lease, &n); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellSome tells the next few of a notice's audience and moves the mark, in one
// transaction; told says that nobody is left.
func (s *Notices) tellSome(ctx context.Context, lease store.Lease, n *model.Notice) (told bool, err error) {
	var last string
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.HoldLease(lease); err != nil {
			return err
		}
		people, err := tx.AudienceOf(*n, n.ToldAfter, personsAtOnce)
		if err != nil {
			return err
		}
		told, last = len(people) < personsAtOnce, n.ToldAfter
		if len(people) > 0 {
			last = people[len(people)-1]
		}
		mine, err := tx.AdvanceNotice(*n, last, told)
		if err != nil {
			return err
		}
		if !mine { // withdrawn meanwhile, or somebody else goes on with it
			told = true
			return nil
		}
		for _, person := range people {
			if err := s.tellNotice(tx, n, person); err != nil {
				return err
			}
		}
		return nil
	})
	n.ToldAfter = last
	return told, err
}

func (s *Notices) tellNotice(tx *store.Tx, n *model.Notice, personID string) error {
	return s.tell(tx, model.Message{PersonID: personID, CommunityID: n.CommunityID, Template: "notice_urgent", SubjectKind: "notice",
		SubjectID: n.ID, Urgent: true, Params: map[string]string{"title": n.TitleZH, "title_en": cmp.Or(n.TitleEN, n.TitleZH)}})
}
