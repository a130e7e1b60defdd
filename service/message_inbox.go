package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Messages is the inbox of residents and of staff, and what residents agree to be sent.
type Messages struct{ Deps }

// NewMessages makes the use cases of messages.
func NewMessages(d Deps) *Messages { return &Messages{Deps: d} }

// MessageView is a message with its sentence in the reader's language.
type MessageView struct {
	model.Message
	Text string
}

// Inbox is a page of messages, and how many of all are not read.
type Inbox struct {
	List[MessageView]
	Unread int64
}

// List gives the caller's messages, newest first, only those not read when unread
// is set.
func (s *Messages) List(ctx context.Context, caller *model.Caller, unread bool, language string, p Page) (Inbox, error) {
	tx := s.Store.View(ctx)
	found, err := tx.MessagesOf(caller.PersonID, p.Cursor, unread, p.Size()+1)
	if err != nil {
		return Inbox{}, err
	}
	out := Inbox{List: paged(messageViews(found, language), p, func(v MessageView) string { return v.ID })}
	out.Unread, err = tx.CountUnread(caller.PersonID)
	return out, err
}

func messageViews(found []model.Message, language string) []MessageView {
	out := make([]MessageView, len(found))
	for i, m := range found {
		out[i] = MessageView{Message: m, Text: messageText(&m, language)}
	}
	return out
}

// Read marks one of the caller's messages as read; again changes nothing. Errors:
// not_found.
func (s *Messages) Read(ctx context.Context, caller *model.Caller, id string) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error { return tx.ReadMessage(caller.PersonID, id) })
}

// ReadAll marks the caller's messages up to one as read, all when it is empty, and
// says how many were not.
func (s *Messages) ReadAll(ctx context.Context, caller *model.Caller, until string) (int64, error) {
	var n int64
	err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.ReadMessages(caller.PersonID, until)
		if err != nil || caller.Kind != model.CallerStaff {
			return err
		}
		return tx.Audit(caller, "", "message.read", "staff", caller.AccountID, map[string]string{"read": strconv.FormatInt(n, 10)})
	})
	return n, err
}

// Follow follows the caller's new messages.
func (s *Messages) Follow(caller *model.Caller, language string) *Tail[MessageView] {
	return &Tail[MessageView]{clock: s.Clock,
		ids: func(ctx context.Context, after string, limit int) ([]string, error) {
			return s.Store.View(ctx).MessageIDsAfter(caller.PersonID, after, limit)
		},
		read: func(ctx context.Context, ids []string) ([]MessageView, error) {
			found, err := s.Store.View(ctx).MessagesByID(caller.PersonID, ids)
			return messageViews(found, language), err
		}}
}

// allowanceMost bounds how many consents of one template are counted.
const allowanceMost = 100

// AllowanceView is how many messages of a WeChat template may still be sent, and
// which of our templates travel by it.
type AllowanceView struct {
	TemplateID string
	Allowance  int
}

// Allowances shows the caller's consents, for every template that is in use.
func (s *Messages) Allowances(ctx context.Context, caller *model.Caller) ([]AllowanceView, error) {
	found, err := s.Store.View(ctx).Allowances(caller.PersonID)
	if err != nil {
		return nil, err
	}
	var out []AllowanceView
	for _, id := range s.Deps.Ways.Wechat.ids() {
		out = append(out, AllowanceView{id, found[id]})
	}
	return out, nil
}

// Allow adds one consent to each of some templates, as the mini-program reports
// what requestSubscribeMessage was answered. Errors: invalid for a template that
// is not in use, or one that is named twice.
func (s *Messages) Allow(ctx context.Context, caller *model.Caller, templateIDs []string) ([]AllowanceView, error) {
	known := map[string]bool{}
	for _, id := range s.Deps.Ways.Wechat.ids() {
		known[id] = true
	}
	for _, id := range templateIDs {
		if !known[id] {
			return nil, model.Invalid(model.FieldError{Field: "/template_ids", Code: "enum"})
		}
		known[id] = false
	}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		for _, id := range templateIDs {
			if err := tx.AddAllowance(caller.PersonID, id, allowanceMost); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Allowances(ctx, caller)
}
