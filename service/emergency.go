package service

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Emergencies switch communities into emergency mode and, at the end, destroy what
// was kept because of it.
type Emergencies struct{ Deps }

// NewEmergencies makes the use cases of emergencies.
func NewEmergencies(d Deps) *Emergencies { return &Emergencies{Deps: d} }

const (
	// emergencyLimit is the longest that an emergency is declared or renewed for.
	emergencyLimit = 30 * 24 * time.Hour
	// approversNeeded beside the author.
	approversNeeded = 2
)

// clockwork is who the audit log names for what happens because of the time.
var clockwork = model.Caller{Kind: model.CallerSystem, AccountID: "clock"}

// NewEmergency is what is said to declare one.
type NewEmergency struct {
	OrderNumber, Reason, ImpactAssessment string
	// Scope are the communities; empty is the one where it is declared.
	Scope  []string
	EndsAt time.Time
	// Fields to be asked by the standard colour rules; Rules in their place.
	Fields                 []string
	Rules                  []ColourRule
	ReportEveryHours       int
	TemperatureLimitTenths int
}

// EmergencyShown is an emergency with the approvals that it has and waits for.
type EmergencyShown struct {
	model.Emergency
	Colours   []ColourRule
	Approvals []model.Approval
	// Renewal is the pending one, nil for none.
	Renewal *model.Renewal
}

// Declare asks for an emergency; two others than the author must approve it. It may be
// prepared while another one is on, but begins only after that has ended. Errors:
// not_found when a community of the scope is out of reach, invalid.
func (s *Emergencies) Declare(ctx context.Context, caller *model.Caller, communityID string, in NewEmergency) (EmergencyShown, error) {
	if err := s.Directory.Reach(caller, "emergency.declare", communityID); err != nil {
		return EmergencyShown{}, err
	}
	if len(in.Scope) == 0 {
		in.Scope = []string{communityID}
	}
	e, err := s.declared(caller, communityID, in)
	if err != nil {
		return EmergencyShown{}, err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateEmergency(e); err != nil {
			return err
		}
		if err := s.askTwo(tx, e.CommunityID, e.ID, caller.AccountID); err != nil {
			return err
		}
		return s.auditScope(tx, caller, &e, "emergency.declare", map[string]string{"ends_at": instantText(e.EndsAt)})
	})
	if err != nil {
		return EmergencyShown{}, err
	}
	return s.show(ctx, e.ID)
}

// failOr is err, or the other error when there is none.
func failOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func instantText(ms int64) string { return model.FromMillis(ms).UTC().Format(instantLayout) }

// declared checks what was said.
func (s *Emergencies) declared(caller *model.Caller, communityID string, in NewEmergency) (model.Emergency, error) {
	now := s.Clock.Now()
	if !slices.Contains(in.Scope, communityID) {
		return model.Emergency{}, model.Invalid(model.FieldError{Field: "/scope", Code: "required", Limit: communityID})
	}
	for i, id := range in.Scope {
		if slices.Contains(in.Scope[:i], id) {
			return model.Emergency{}, model.Invalid(model.FieldError{Field: "/scope", Code: "duplicate"})
		}
		if err := s.Directory.Reach(caller, "emergency.declare", id); err != nil {
			return model.Emergency{}, err
		}
	}
	ends := model.Millis(in.EndsAt)
	if ends <= model.Millis(now) || ends > model.Millis(now.Add(emergencyLimit)) {
		return model.Emergency{}, model.Invalid(model.FieldError{Field: "/ends_at", Code: "range", Limit: "30 d"})
	}
	rules, version := in.Rules, ""
	if bad := badEmergencyRules(in); len(bad) > 0 {
		return model.Emergency{}, model.Invalid(bad...)
	}
	if len(rules) == 0 {
		fields := in.Fields
		if len(fields) == 0 {
			fields = []string{FieldTemperature, FieldSymptoms, FieldExposure}
		}
		rules, version = rulesFor(fields), standardColours
	}
	named, text, err := versionOf(rules)
	if err != nil {
		return model.Emergency{}, err
	}
	if version == "" {
		version = named
	}
	return model.Emergency{ID: model.NewID(now), CommunityID: communityID, Scope: in.Scope, OrderNumber: in.OrderNumber,
		Reason: in.Reason, ImpactAssessment: in.ImpactAssessment, State: model.EmergencyDeclared, Fields: fieldsOf(rules),
		ColourVersion: version, ColourRules: text, ReportEveryHours: in.ReportEveryHours, TemperatureLimitTenths: in.TemperatureLimitTenths,
		AuthorID: caller.AccountID, CreatedAt: model.Millis(now), EndsAt: ends}, nil
}

// badEmergencyRules refuses fields beside own rules, which say themselves what they look at,
// and rules of the same name.
func badEmergencyRules(in NewEmergency) []model.FieldError {
	var bad []model.FieldError
	if len(in.Rules) > 0 && len(in.Fields) > 0 {
		bad = append(bad, model.FieldError{Field: "/fields", Code: "not_needed"})
	}
	seen := map[string]bool{}
	for i, r := range in.Rules {
		if seen[r.ID] {
			bad = append(bad, model.FieldError{Field: "/colour_rules/" + strconv.Itoa(i) + "/id", Code: "duplicate"})
		}
		seen[r.ID] = true
	}
	return bad
}

// askTwo opens the approvals of an emergency or of its renewal.
func (s *Emergencies) askTwo(tx *store.Tx, communityID, subjectID, author string) error {
	for range approversNeeded {
		_, err := s.askApproval(tx, model.Approval{CommunityID: communityID, Kind: model.ApproveEmergency, SubjectID: subjectID,
			Answerer: model.AnswererSecond, AuthorID: author}, 0)
		if err != nil {
			return err
		}
	}
	return nil
}

// auditScope writes an act into the log of every community that it concerns.
func (s *Emergencies) auditScope(tx *store.Tx, caller *model.Caller, e *model.Emergency, action string, detail map[string]string) error {
	for _, id := range e.Scope {
		if err := tx.Audit(caller, id, action, "emergency", e.ID, detail); err != nil {
			return err
		}
	}
	return nil
}

// List gives the emergencies of a community, newest first. Errors: not_found out of
// scope.
func (s *Emergencies) List(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[EmergencyShown], error) {
	if err := s.Directory.Reach(caller, "emergency.read", communityID); err != nil {
		return List[EmergencyShown]{}, err
	}
	tx := s.Store.View(ctx)
	found, err := tx.Emergencies(communityID, p.Cursor, p.Size()+1)
	if err != nil {
		return List[EmergencyShown]{}, err
	}
	page := paged(found, p, func(e model.Emergency) string { return e.ID })
	out := List[EmergencyShown]{Next: page.Next}
	for _, e := range page.Items {
		shown, err := shownEmergency(tx, e)
		if err != nil {
			return List[EmergencyShown]{}, err
		}
		out.Items = append(out.Items, shown)
	}
	return out, nil
}

// Get shows one emergency to whoever may read those of a community in its scope.
// Errors: not_found.
func (s *Emergencies) Get(ctx context.Context, caller *model.Caller, id string) (EmergencyShown, error) {
	e, err := s.Store.View(ctx).Emergency(id)
	if err != nil {
		return EmergencyShown{}, err
	}
	if !slices.ContainsFunc(e.Scope, func(c string) bool { return s.Directory.Reach(caller, "emergency.read", c) == nil }) {
		return EmergencyShown{}, model.NotFound()
	}
	return shownEmergency(s.Store.View(ctx), e)
}

func (s *Emergencies) show(ctx context.Context, id string) (EmergencyShown, error) {
	tx := s.Store.View(ctx)
	e, err := tx.Emergency(id)
	if err != nil {
		return EmergencyShown{}, err
	}
	return shownEmergency(tx, e)
}

func shownEmergency(tx *store.Tx, e model.Emergency) (EmergencyShown, error) {
	out := EmergencyShown{Emergency: e}
	if err := json.Unmarshal([]byte(e.ColourRules), &out.Colours); err != nil {
		return out, err
	}
	var err error
	if out.Approvals, err = tx.ApprovalsOf(e.CommunityID, e.ID); err != nil {
		return out, err
	}
	renewal, err := tx.OpenRenewal(e.ID)
	if model.IsNotFound(err) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Renewal = &renewal
	out.Approvals, err = tx.ApprovalsOf(e.CommunityID, renewal.ID)
	return out, err
}
