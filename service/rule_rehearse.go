package service

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// RehearsalResult is what proposed rules would have done to recorded passages, in
// comparison with the rules in force. Everything counted by hour, kind and gate is
// a passage that the rules in force admit and the proposed ones would have stopped.
type RehearsalResult struct {
	From          int64 `json:"from"`
	ReplayedUntil int64 `json:"replayed_until"`
	// Passages were read; Replayed of them were judged by both. The others are not for
	// rules to judge: codes that were not ours or not of their time, and admissions
	// by a guard's hand.
	Passages int64 `json:"passages"`
	Replayed int64 `json:"replayed"`
	// Unlike counts those which the rules in force decide otherwise today than was
	// recorded: how far history can be trusted.
	Unlike      int64            `json:"unlike"`
	Refused     map[string]int64 `json:"refused"`
	Referred    map[string]int64 `json:"referred"`
	Admitted    map[string]int64 `json:"admitted"`
	People      int64            `json:"people"`
	Elders      int64            `json:"elders"`
	Children    int64            `json:"children"`
	AgeUnknown  int64            `json:"age_unknown"`
	ByHour      [24]int64        `json:"by_hour"`
	ByKind      map[string]int64 `json:"by_kind"`
	ByGate      map[string]int64 `json:"by_gate"`
	Samples     []string         `json:"samples"`
	Complete    bool             `json:"complete"`
	BaseVersion int64            `json:"base_version"`
}

// RehearsalShown is a stored rehearsal.
type RehearsalShown struct {
	model.RuleRehearsal
	Parsed admission.Rules
	Counts RehearsalResult
}

const (
	mostRehearsalDays   = 30
	rehearsalLimit      = 20 * time.Second
	rehearsalPage       = 2000
	rehearsalMost       = 4_000_000
	rehearsalSamples    = 20
	rehearsalRetry      = 20
	rehearsalPeopleStep = 500
)

// Rehearse replays the passages of the last days, from the beginning of a day on,
// by proposed rules and by those in force. It only reads, until what it found is
// stored. Errors: not_found, invalid, overloaded while another one runs here.
func (s *Rules) Rehearse(ctx context.Context, caller *model.Caller, communityID string, rules admission.Rules, days int) (RehearsalShown, error) {
	if err := s.Directory.Reach(caller, permissionRulePropose, communityID); err != nil {
		return RehearsalShown{}, err
	}
	bad := badRules(rules)
	if days < 1 || days > mostRehearsalDays {
		bad = append(bad, model.FieldError{Field: "/days", Code: "range", Limit: "1..30"})
	}
	if len(bad) > 0 {
		return RehearsalShown{}, model.Invalid(bad...)
	}
	select {
	case s.rehearsing <- struct{}{}:
		defer func() { <-s.rehearsing }()
	default:
		return RehearsalShown{}, model.FailLater(model.CodeOverloaded, rehearsalRetry)
	}
	community, _ := s.Directory.Community(communityID)
	result, err := s.replay(ctx, community, ordinary(rules, 1), days)
	if err != nil {
		return RehearsalShown{}, err
	}
	return s.keepRehearsal(ctx, caller, communityID, rules, days, result)
}

// replay reads history until its end, the limit of time or the cap.
func (s *Rules) replay(ctx context.Context, community *CommunityView, rules admission.Rules, days int) (*RehearsalResult, error) {
	now := s.Clock.Now()
	reading, cancel := context.WithTimeout(ctx, rehearsalLimit)
	defer cancel()
	from, _ := community.Rules.DayBounds(now.AddDate(0, 0, -days))
	r := newReplay(community, rules, model.Millis(from))
	after, until := model.IDFloor(model.Millis(from)), model.IDFloor(model.Millis(now)+1)
	for r.result.Passages < rehearsalMost {
		page, err := s.Store.View(reading).PassagesBehind(community.ID, after, until, rehearsalPage)
		if err == nil {
			err = r.meet(s.Store.View(reading), page)
		}
		if err != nil && reading.Err() != nil && ctx.Err() == nil {
			break // out of time: what was replayed is answered as incomplete
		}
		if err != nil {
			return nil, err
		}
		for i := range page {
			r.passage(&page[i])
		}
		if len(page) < rehearsalPage {
			r.result.Complete = true
			break
		}
		after = page[len(page)-1].ID
	}
	return r.result, s.countPeople(ctx, r)
}

// countPeople says how many were stopped, and how many of them are old or children.
func (s *Rules) countPeople(ctx context.Context, r *replay) error {
	r.result.People = int64(len(r.stopped))
	for some := range slices.Chunk(slices.Sorted(maps.Keys(r.stopped)), rehearsalPeopleStep) {
		groups, err := s.Store.View(ctx).AgeGroups(some)
		if err != nil {
			return err
		}
		r.result.Elders += int64(groups[model.AgeElder])
		r.result.Children += int64(groups[model.AgeChild])
		r.result.AgeUnknown += int64(len(some) - groups[model.AgeElder] - groups[model.AgeChild] - groups[model.AgeAdult])
	}
	return nil
}

func (s *Rules) keepRehearsal(ctx context.Context, caller *model.Caller, communityID string, rules admission.Rules, days int, result *RehearsalResult) (RehearsalShown, error) {
	body, err := json.Marshal(ordinary(rules, 1))
	if err != nil {
		return RehearsalShown{}, err
	}
	counts, err := json.Marshal(result)
	if err != nil {
		return RehearsalShown{}, err
	}
	row := model.RuleRehearsal{ID: model.NewID(s.Clock.Now()), CommunityID: communityID, Rules: string(body), Days: days,
		Complete: result.Complete, Result: string(counts), CreatedBy: caller.AccountID, CreatedAt: s.now()}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateRuleRehearsal(row); err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "rule.rehearse", "rule_rehearsal", row.ID, map[string]string{"days": strconv.Itoa(days)})
	})
	if err != nil {
		return RehearsalShown{}, err
	}
	return showRehearsal(row)
}

func showRehearsal(row model.RuleRehearsal) (RehearsalShown, error) {
	out := RehearsalShown{RuleRehearsal: row}
	var err error
	if out.Parsed, err = parseRules(row.Rules, 1); err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(row.Result), &out.Counts)
}

// Rehearsals lists a community's rehearsals, newest first.
func (s *Rules) Rehearsals(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[RehearsalShown], error) {
	if err := s.Directory.Reach(caller, permissionRuleRead, communityID); err != nil {
		return List[RehearsalShown]{}, err
	}
	found, err := s.Store.View(ctx).RuleRehearsals(communityID, p.Cursor, p.Size()+1)
	if err != nil {
		return List[RehearsalShown]{}, err
	}
	items := make([]RehearsalShown, len(found))
	for i, row := range found {
		if items[i], err = showRehearsal(row); err != nil {
			return List[RehearsalShown]{}, err
		}
	}
	return paged(items, p, func(v RehearsalShown) string { return v.ID }), nil
}

// Rehearsal shows one rehearsal. Errors: not_found.
func (s *Rules) Rehearsal(ctx context.Context, caller *model.Caller, communityID, id string) (RehearsalShown, error) {
	if err := s.Directory.Reach(caller, permissionRuleRead, communityID); err != nil {
		return RehearsalShown{}, err
	}
	row, err := s.Store.View(ctx).RuleRehearsal(communityID, id)
	if err != nil {
		return RehearsalShown{}, err
	}
	return showRehearsal(row)
}
