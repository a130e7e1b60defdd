package service

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Notices is what staff tell the residents of a community.
type Notices struct{ Deps }

// NewNotices makes the use cases of notices.
func NewNotices(d Deps) *Notices { return &Notices{Deps: d} }

const (
	titleMost, bodyMost = 60, 4000
	audienceMost        = 100
	// noticeLife is how long a notice is shown when nobody says; noticeLongest is
	// the most.
	noticeLife, noticeLongest = 365 * 24 * time.Hour, 2 * 365 * 24 * time.Hour
	// keepNotice is how long a notice is kept after it expired.
	keepNotice = 180 * 24 * time.Hour
	// homesMost bounds the homes that one person's notices are found for.
	homesMost = 100
)

// StaffNotice is a notice as staff see it.
type StaffNotice struct {
	model.Notice
	// Reads counts the persons who read it; who they are is not shown.
	Reads int
}

// Publish publishes a notice, now or at PublishAt. Errors: not_found out of scope,
// invalid.
func (s *Notices) Publish(ctx context.Context, caller *model.Caller, communityID string, n model.Notice) (StaffNotice, error) {
	if err := s.Directory.Reach(caller, "notice.manage", communityID); err != nil {
		return StaffNotice{}, err
	}
	now := s.now()
	if n.PublishAt == 0 {
		n.PublishAt = now
	}
	if n.ExpiresAt == 0 {
		n.ExpiresAt = n.PublishAt + noticeLife.Milliseconds()
	}
	if err := checkNotice(&n, now); err != nil {
		return StaffNotice{}, err
	}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		n.ID, n.CommunityID, n.State, n.CreatedBy, n.CreatedAt = model.NewID(s.Clock.Now()), communityID, model.NoticeActive, caller.AccountID, now
		n.Told = !n.Urgent // there is nobody left to tell
		if err := tx.CreateNotice(n); err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "notice.publish", "notice", n.ID,
			map[string]string{"audience": string(n.Audience), "urgent": strconv.FormatBool(n.Urgent)})
	})
	return StaffNotice{Notice: n}, err
}

// checkNotice puts a notice into its form, or says all that is wrong with it.
func checkNotice(n *model.Notice, now int64) error {
	var bad []model.FieldError
	refuse := func(field, code, limit string) {
		bad = append(bad, model.FieldError{Field: field, Code: code, Limit: limit})
	}
	for _, t := range []struct {
		field    string
		text     *string
		most     int
		required bool
		lines    bool
	}{{"/title_zh", &n.TitleZH, titleMost, true, false}, {"/body_zh", &n.BodyZH, bodyMost, true, true},
		{"/title_en", &n.TitleEN, titleMost, n.BodyEN != "", false}, {"/body_en", &n.BodyEN, bodyMost, n.TitleEN != "", true}} {
		*t.text = strings.TrimSpace(strings.ReplaceAll(*t.text, "\r\n", "\n"))
		switch {
		case t.required && *t.text == "", utf8.RuneCountInString(*t.text) > t.most:
			refuse(t.field, "length", "1.."+strconv.Itoa(t.most))
		case !plainText(*t.text, t.lines):
			refuse(t.field, "format", "")
		}
	}
	if n.PublishAt < now-time.Minute.Milliseconds() || n.PublishAt > now+noticeLife.Milliseconds() {
		refuse("/publish_at", "range", "")
	}
	if n.ExpiresAt <= n.PublishAt || n.ExpiresAt > n.PublishAt+noticeLongest.Milliseconds() {
		refuse("/expires_at", "range", "")
	}
	checkAudience(n, refuse)
	if bad != nil {
		return model.Invalid(bad...)
	}
	return nil
}

func checkAudience(n *model.Notice, refuse func(field, code, limit string)) {
	relations := []string{"owner", "tenant", "family", "helper"}
	if n.Audience == model.AudienceAll && len(n.Values) > 0 || n.Audience != model.AudienceAll && (len(n.Values) == 0 || len(n.Values) > audienceMost) {
		refuse("/audience_values", "length", "1.."+strconv.Itoa(audienceMost))
	}
	var values []string
	for _, v := range n.Values {
		switch {
		case n.Audience == model.AudienceBuilding:
			v = model.NormalAddress(v)
		case !slices.Contains(relations, v):
			v = ""
		}
		if v == "" || utf8.RuneCountInString(v) > 16 {
			refuse("/audience_values", "enum", "")
			return
		}
		values = append(values, v)
	}
	slices.Sort(values)
	n.Values = slices.Compact(values)
}

// plainText refuses control characters, but for the end of a line where lines are
// allowed, and those that turn the direction of what follows.
func plainText(s string, lines bool) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		if r == '\n' {
			return !lines
		}
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	})
}

// List gives a community's notices to staff, newest first. Errors: not_found out
// of scope.
func (s *Notices) List(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[StaffNotice], error) {
	if err := s.Directory.Reach(caller, "notice.read", communityID); err != nil {
		return List[StaffNotice]{}, err
	}
	tx := s.Store.View(ctx)
	found, err := tx.Notices(communityID, p.Cursor, p.Size()+1)
	if err != nil {
		return List[StaffNotice]{}, err
	}
	page := paged(found, p, func(n model.Notice) string { return n.ID })
	reads, err := tx.CountReads(noticeIDs(page.Items))
	out := List[StaffNotice]{Next: page.Next}
	for _, n := range page.Items {
		out.Items = append(out.Items, StaffNotice{n, reads[n.ID]})
	}
	return out, err
}

func noticeIDs(notices []model.Notice) []string {
	out := make([]string, len(notices))
	for i, n := range notices {
		out[i] = n.ID
	}
	return out
}

// Withdraw takes a notice back: nobody sees it any more. Errors: not_found,
// state_changed when it is withdrawn already.
func (s *Notices) Withdraw(ctx context.Context, caller *model.Caller, communityID, id string) (StaffNotice, error) {
	if err := s.Directory.Reach(caller, "notice.manage", communityID); err != nil {
		return StaffNotice{}, err
	}
	var out StaffNotice
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		done, err := tx.WithdrawNotice(communityID, id)
		if err != nil {
			return err
		}
		if out.Notice, err = tx.Notice(communityID, id); err != nil {
			return err
		}
		if !done {
			return &model.Error{Code: model.CodeStateChanged, State: out.State}
		}
		reads, err := tx.CountReads([]string{id})
		if err != nil {
			return err
		}
		out.Reads = reads[id]
		return tx.Audit(caller, communityID, "notice.withdraw", "notice", id, nil)
	})
	return out, err
}
