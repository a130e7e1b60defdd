package service

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// exportLife is how long an approved export can be fetched.
const exportLife = time.Hour

// Purposes of an export of personal data in clear.
var exportPurposes = []string{"legal_request", "emergency_contact", "migration", "inspection"}

// Exports is personal data in clear that leaves the system as a file: one person
// asks, another agrees, the first fetches it once.
type Exports struct{ Deps }

// NewExports makes the use cases.
func NewExports(d Deps) *Exports { return &Exports{Deps: d} }

// Request asks for an export. Errors: not_found out of scope, invalid without a
// purpose and a ticket.
func (x *Exports) Request(ctx context.Context, caller *model.Caller, communityID, kind, purpose, ticket string) (model.Export, error) {
	if err := x.Directory.Reach(caller, "export.request", communityID); err != nil {
		return model.Export{}, err
	}
	problems := whyProblems(purpose, ticket, exportPurposes...)
	if kind != model.ExportRosterUnmasked {
		problems = append(problems, model.FieldError{Field: "/kind", Code: "enum"})
	}
	if len(problems) > 0 {
		return model.Export{}, model.Invalid(problems...)
	}
	var e model.Export
	err := x.Store.Update(ctx, func(tx *store.Tx) error {
		now := x.Clock.Now()
		e = model.Export{ID: model.NewID(now), CommunityID: communityID, Kind: kind, Purpose: purpose, Ticket: ticket,
			AuthorID: caller.AccountID, State: model.ExportPending, CreatedAt: model.Millis(now)}
		a, err := x.askApproval(tx, model.Approval{CommunityID: communityID, Kind: model.ApproveExport, SubjectID: e.ID,
			Answerer: model.AnswererSecond, AuthorID: caller.AccountID}, 0)
		if err != nil {
			return err
		}
		e.ApprovalID = a.ID
		if err := tx.CreateExport(e); err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "export.request", "export", e.ID, map[string]string{"kind": kind, "purpose": purpose, "ticket": ticket})
	})
	return e, err
}

// List gives a community's exports, newest first. Errors: not_found out of scope.
func (x *Exports) List(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[model.Export], error) {
	if err := x.Directory.Reach(caller, "export.decide", communityID); err != nil {
		return List[model.Export]{}, err
	}
	found, err := x.Store.View(ctx).Exports(communityID, p.Cursor, p.Size()+1)
	for i := range found {
		found[i] = x.standing(found[i])
	}
	return paged(found, p, func(e model.Export) string { return e.ID }), err
}

// standing says that an approved export was not fetched in time.
func (x *Exports) standing(e model.Export) model.Export {
	if e.State == model.ExportApproved && x.now() >= e.DecidedAt+exportLife.Milliseconds() {
		e.State = model.ExportExpired
	}
	return e
}

// Approve agrees to somebody else's export. Errors: not_found out of scope,
// self_approval for whoever asked, state_changed with the state when it was
// answered already.
func (x *Exports) Approve(ctx context.Context, caller *model.Caller, communityID, id string) (model.Export, error) {
	return x.decide(ctx, caller, communityID, id, model.ApprovalApproved, model.ExportApproved, "")
}

// Decline refuses somebody else's export. Errors as of Approve.
func (x *Exports) Decline(ctx context.Context, caller *model.Caller, communityID, id, reason string) (model.Export, error) {
	return x.decide(ctx, caller, communityID, id, model.ApprovalDeclined, model.ExportDeclined, reason)
}

func (x *Exports) decide(ctx context.Context, caller *model.Caller, communityID, id string, answer model.ApprovalState, to, reason string) (model.Export, error) {
	if err := x.Directory.Reach(caller, "export.decide", communityID); err != nil {
		return model.Export{}, err
	}
	var out model.Export
	err := x.Store.Update(ctx, func(tx *store.Tx) error {
		e, err := tx.Export(communityID, id)
		if err != nil {
			return err
		}
		if _, err := x.answerApproval(tx, communityID, e.ApprovalID, answer, caller.AccountID, reason); err != nil {
			return err
		}
		moved, err := tx.DecideExport(communityID, id, to, caller.AccountID)
		if err != nil {
			return err
		}
		if out, err = tx.Export(communityID, id); err != nil {
			return err
		}
		if !moved {
			return &model.Error{Code: model.CodeStateChanged, State: out.State}
		}
		return tx.Audit(caller, communityID, "export."+to, "export", id, map[string]string{"author": e.AuthorID})
	})
	return out, err
}

// File gives the author an approved export, once and within an hour: a table whose
// first row says who took it, when and what for. Everybody in it who uses the
// system can see in the access log that it was taken. Errors: not_found out of
// scope, forbidden for anybody but the author, state_changed with the state when it is
// not approved, was fetched, or lies longer than an hour.
func (x *Exports) File(ctx context.Context, caller *model.Caller, communityID, id string) ([][]string, error) {
	if err := x.Directory.Reach(caller, "export.request", communityID); err != nil {
		return nil, err
	}
	tx := x.Store.View(ctx)
	e, err := tx.Export(communityID, id)
	switch {
	case err != nil:
		return nil, err
	case e.AuthorID != caller.AccountID:
		return nil, model.Fail(model.CodeForbidden)
	}
	if e = x.standing(e); e.State != model.ExportApproved {
		return nil, &model.Error{Code: model.CodeStateChanged, State: e.State}
	}
	rows, people, err := unmaskedRoster(tx, communityID)
	if err != nil {
		return nil, err
	}
	mark, err := x.watermark(tx, e)
	if err != nil {
		return nil, err
	}
	if err := x.take(ctx, caller, e, len(rows), people); err != nil {
		return nil, err
	}
	return append([][]string{mark, unmaskedHeader}, rows...), nil
}

// lookedAtOnce bounds the rows of one INSERT.
const lookedAtOnce = 500

// take spends the export: of two that fetch it at once, one gets it.
func (x *Exports) take(ctx context.Context, caller *model.Caller, e model.Export, rows int, people []string) error {
	return x.Store.Update(ctx, func(tx *store.Tx) error {
		taken, err := tx.TakeExport(e.CommunityID, e.ID, caller.AccountID, x.now()-exportLife.Milliseconds(), rows)
		if err != nil {
			return err
		}
		if !taken {
			now, err := tx.Export(e.CommunityID, e.ID)
			if err != nil {
				return err
			}
			return &model.Error{Code: model.CodeStateChanged, State: x.standing(now).State}
		}
		look := Look{CommunityID: e.CommunityID, Permission: "export.request", What: lookedExport, Purpose: e.Purpose, Ticket: e.Ticket}
		for from := 0; from < len(people); from += lookedAtOnce {
			if err := x.looked(tx, caller, look, people[from:min(from+lookedAtOnce, len(people))]...); err != nil {
				return err
			}
		}
		return tx.Audit(caller, e.CommunityID, "export.download", "export", e.ID, map[string]string{"rows": strconv.Itoa(rows), "masked": strconv.FormatBool(false)})
	})
}

// watermark is the first row of a file: it says whose copy it is.
func (x *Exports) watermark(tx *store.Tx, e model.Export) ([]string, error) {
	who := e.AuthorID
	if staff, err := tx.Staff(e.AuthorID); err == nil {
		who = staff.Username
	} else if !model.IsNotFound(err) {
		return nil, err
	}
	at := x.Clock.Now().UTC().Format(instantLayout)
	return []string{fmt.Sprintf("仅限本次用途，不得转发 For this purpose only · %s · %s · %s · %s · %s", who, at, e.Purpose, e.Ticket, e.ID)}, nil
}

var unmaskedHeader = []string{"楼栋 building", "单元 unit", "房号 room", "姓名 name", "手机号 phone", "关系 relation", "已认领 claimed"}

// unmaskedRoster is a community's roster in clear, and the people in it who have
// claimed their entry.
func unmaskedRoster(tx *store.Tx, communityID string) (rows [][]string, people []string, err error) {
	var after *model.Household
	seen := map[string]bool{}
	for {
		homes, err := tx.Households(communityID, "", after, rosterChunk)
		if err != nil || len(homes) == 0 {
			return rows, people, err
		}
		ids := make([]string, len(homes))
		for i, h := range homes {
			ids[i] = h.ID
		}
		rosters, err := tx.Rosters(communityID, ids)
		if err != nil {
			return nil, nil, err
		}
		for _, h := range homes {
			for _, e := range rosters[h.ID] {
				claimed := "否 no"
				if e.ClaimedBy != "" {
					claimed = "是 yes"
				}
				if e.ClaimedBy != "" && !seen[e.ClaimedBy] {
					seen[e.ClaimedBy] = true
					people = append(people, e.ClaimedBy)
				}
				rows = append(rows, []string{h.Building, h.Unit, h.Room, e.Name, e.Phone, relationWords[e.Relation], claimed})
			}
		}
		after = &homes[len(homes)-1]
	}
}
