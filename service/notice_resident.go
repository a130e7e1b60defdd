package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// ResidentNotice is a notice as a resident sees it, in the reader's language where
// it has one.
type ResidentNotice struct {
	ID, CommunityID string
	Title, Body     string
	Language        string
	Urgent, Pinned  bool
	PublishAt       int64
	ExpiresAt       int64
	ReadAt          int64
}

// Mine gives the notices for the caller's homes, newest first; only pinned or
// unpinned ones when that is given.
func (s *Notices) Mine(ctx context.Context, caller *model.Caller, pinned *bool, language string, p Page) (List[ResidentNotice], error) {
	tx := s.Store.View(ctx)
	homes, err := tx.HomesOf(caller.PersonID, homesMost)
	if err != nil {
		return List[ResidentNotice]{}, err
	}
	found, err := tx.NoticesFor(homes, pinned, p.Cursor, p.Size()+1)
	if err != nil {
		return List[ResidentNotice]{}, err
	}
	page := paged(found, p, func(n model.Notice) string { return n.ID })
	read, err := tx.NoticesRead(caller.PersonID, noticeIDs(page.Items))
	if err != nil {
		return List[ResidentNotice]{}, err
	}
	out := List[ResidentNotice]{Next: page.Next}
	for _, n := range page.Items {
		out.Items = append(out.Items, residentNotice(n, read[n.ID], language))
	}
	return out, nil
}

func residentNotice(n model.Notice, readAt int64, language string) ResidentNotice {
	v := ResidentNotice{ID: n.ID, CommunityID: n.CommunityID, Title: n.TitleZH, Body: n.BodyZH, Language: "zh-CN", Urgent: n.Urgent,
		Pinned: n.Pinned, PublishAt: n.PublishAt, ExpiresAt: n.ExpiresAt, ReadAt: readAt}
	if language == "en" && n.TitleEN != "" {
		v.Title, v.Body, v.Language = n.TitleEN, n.BodyEN, "en"
	}
	return v
}

// Read notes that the caller has read a notice. Errors: not_found for one that the
// caller cannot see, or not any more.
func (s *Notices) Read(ctx context.Context, caller *model.Caller, id string) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		homes, err := tx.HomesOf(caller.PersonID, homesMost)
		if err != nil {
			return err
		}
		sees, err := tx.SeesNotice(homes, id)
		if err != nil {
			return err
		}
		if !sees {
			return model.NotFound()
		}
		return tx.ReadNotice(id, caller.PersonID)
	})
}
