package service_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestCreateShowsTheSecretOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	in := propertySystem(p.Garden)
	in.SM2, in.EventTypes = true, []string{model.EventResidencyChanged, model.EventPassageRecorded, model.EventPassageRecorded}
	created, secret, err := p.Recipients.Create(t.Context(), p.Manager(p.Garden), in)
	if err != nil || secret != "whsec_number1" || created.Secret != "" {
		t.Fatalf("%+v, %q, %v", created, secret, err)
	}
	got, err := p.Recipients.Get(t.Context(), p.Manager(p.Garden), created.ID)
	if err != nil || got.Secret != "" || got.State != model.StateActive || got.Name != "物业系统" || !got.WantsSM2 || got.Sequence != 0 || got.Kind != "property" {
		t.Fatalf("%+v, %v", got, err)
	}
	if !slices.Equal(got.EventTypes, []string{model.EventPassageRecorded, model.EventResidencyChanged}) {
		t.Errorf("wants %v", got.EventTypes)
	}
	to, err := p.Store.View(t.Context()).RecipientForSending(created.ID)
	if err != nil || to.Secret != secret {
		t.Errorf("signs with %q, %v", to.Secret, err)
	}
	c, _ := p.Directory.Community(p.Garden.ID)
	if len(c.Recipients) != 1 || c.Recipients[0].ID != created.ID || c.Recipients[0].Secret != "" {
		t.Errorf("the directory has %+v", c.Recipients)
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	for name, c := range map[string]struct {
		caller *model.Caller
		spoil  func(*service.RecipientInput)
		want   model.Code
	}{
		"another community's manager":  {p.Manager(p.Harbour), nil, model.CodeNotFound},
		"a guard":                      {p.StaffCaller(model.RoleGuard, model.ScopeCommunity, p.Garden.ID), nil, model.CodeNotFound},
		"an officer who may only read": {p.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, p.Committee.ID), nil, model.CodeNotFound},
		"nobody":                       {nil, nil, model.CodeNotFound},
		"no such community":            {p.Manager(p.Garden), func(in *service.RecipientInput) { in.CommunityID = p.ID() }, model.CodeNotFound},
		"plain http":                   {p.Manager(p.Garden), func(in *service.RecipientInput) { in.URL = "http://property.example" }, model.CodeRecipientURLRefused},
		"a URL beyond ASCII":           {p.Manager(p.Garden), func(in *service.RecipientInput) { in.URL = "https://property.example/事件" }, model.CodeRecipientURLRefused},
		"a URL with a line break":      {p.Manager(p.Garden), func(in *service.RecipientInput) { in.URL = "https://property.example/\n" }, model.CodeRecipientURLRefused},
		"another kind":                 {p.Manager(p.Garden), func(in *service.RecipientInput) { in.Kind = "police" }, model.CodeInvalid},
		"an unknown type":              {p.Manager(p.Garden), func(in *service.RecipientInput) { in.EventTypes = []string{model.EventTest} }, model.CodeInvalid},
		"no type":                      {p.Manager(p.Garden), func(in *service.RecipientInput) { in.EventTypes = []string{} }, model.CodeInvalid},
	} {
		in := propertySystem(p.Garden)
		if c.spoil != nil {
			c.spoil(&in)
		}
		_, _, err := p.Recipients.Create(t.Context(), c.caller, in)
		if err == nil || model.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if found, err := p.Recipients.List(t.Context(), p.Manager(p.Garden), service.Page{}); err != nil || len(found.Items) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestStrangersFindNothing: every operation on a recipient or a delivery of
// another community answers like a missing one, and changes nothing.
func TestStrangersFindNothing(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 1)
	event := p.stream(t, r)[0].ID
	stranger := p.Manager(p.Harbour)
	reader := p.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, p.Committee.ID)
	ctx := t.Context()
	manages := map[string]func(caller *model.Caller, id, event string) error{
		"test": func(c *model.Caller, id, _ string) error { _, err := p.Recipients.Test(ctx, c, id); return err },
		"rotate": func(c *model.Caller, id, _ string) error {
			_, _, err := p.Recipients.RotateSecret(ctx, c, id, "")
			return err
		},
		"pause":  func(c *model.Caller, id, _ string) error { _, err := p.Recipients.Pause(ctx, c, id); return err },
		"resume": func(c *model.Caller, id, _ string) error { _, err := p.Recipients.Resume(ctx, c, id); return err },
		"policy": func(c *model.Caller, id, _ string) error {
			_, err := p.Recipients.SetFieldPolicy(ctx, c, id, map[string][]string{}, nil)
			return err
		},
		"retry":  func(c *model.Caller, _, event string) error { _, err := p.Deliveries.Retry(ctx, c, event); return err },
		"replay": func(c *model.Caller, id, _ string) error { _, err := p.Deliveries.Replay(ctx, c, id, 1, 1); return err },
	}
	reads := map[string]func(caller *model.Caller, id string) error{
		"get":    func(c *model.Caller, id string) error { _, err := p.Recipients.Get(ctx, c, id); return err },
		"policy": func(c *model.Caller, id string) error { _, err := p.Recipients.FieldPolicy(ctx, c, id); return err },
		"deliveries": func(c *model.Caller, id string) error {
			_, err := p.Deliveries.List(ctx, c, id, "", service.Page{})
			return err
		},
		"digest": func(c *model.Caller, id string) error {
			_, err := p.Deliveries.Digest(ctx, c, id, p.Clock.Now())
			return err
		},
	}
	for name, op := range manages {
		for who, caller := range map[string]*model.Caller{"a stranger": stranger, "a reader": reader, "nobody": nil} {
			if err := op(caller, r.ID, event); model.CodeOf(err) != model.CodeNotFound || err == nil {
				t.Errorf("%s by %s: %v", name, who, err)
			}
		}
		if err := op(p.Manager(p.Garden), p.ID(), p.ID()); !model.IsNotFound(err) {
			t.Errorf("%s of a missing one: %v", name, err)
		}
	}
	for name, op := range reads {
		if err := op(stranger, r.ID); !model.IsNotFound(err) {
			t.Errorf("%s by a stranger: %v", name, err)
		}
		if err := op(reader, r.ID); err != nil {
			t.Errorf("%s by a reader: %v", name, err)
		}
		if err := op(reader, p.ID()); !model.IsNotFound(err) {
			t.Errorf("%s of a missing one: %v", name, err)
		}
	}
	if n := len(p.attempts()); n != 0 {
		t.Errorf("%d events were sent for strangers", n)
	}
	if got, err := p.Recipients.Get(ctx, reader, r.ID); err != nil || got.State != model.StateActive || got.PolicyVersion != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestListIsScopedAndPaged(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	var mine []string
	for range 5 {
		mine = append(mine, p.recipient(t, p.Garden).ID)
	}
	other := p.recipient(t, p.Harbour)
	p.emit(t, other, 2)
	var got []string
	page := service.Page{Limit: 2}
	for {
		found, err := p.Recipients.List(t.Context(), p.Manager(p.Garden), page)
		if err != nil || len(found.Items) > 2 {
			t.Fatalf("%+v, %v", found, err)
		}
		for _, r := range found.Items {
			got = append(got, r.ID)
		}
		if page.Cursor = found.Next; page.Cursor == "" {
			break
		}
	}
	slices.Sort(mine)
	if !slices.Equal(got, mine) {
		t.Errorf("got %v, want %v", got, mine)
	}
	all, err := p.Recipients.List(t.Context(), p.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, p.Street.ID), service.Page{})
	if err != nil || len(all.Items) != 6 {
		t.Errorf("the street sees %+v, %v", all.Items, err)
	}
	for _, r := range all.Items {
		if (r.ID == other.ID) != (r.Waiting == 2) {
			t.Errorf("%d wait for %s", r.Waiting, r.ID)
		}
	}
	none, err := p.Recipients.List(t.Context(), p.StaffCaller(model.RoleGuard, model.ScopeCommunity, p.Garden.ID), service.Page{})
	if err != nil || len(none.Items) != 0 {
		t.Errorf("a guard sees %+v, %v", none.Items, err)
	}
}

func TestPauseAndResumeAreIdempotentAndAudited(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	for _, step := range []struct {
		do   func(context.Context, *model.Caller, string) (service.RecipientShown, error)
		want string
	}{
		{p.Recipients.Pause, "paused"}, {p.Recipients.Pause, "paused"}, {p.Recipients.Resume, "active"}, {p.Recipients.Resume, "active"},
	} {
		got, err := step.do(t.Context(), caller, r.ID)
		if err != nil || got.State != step.want {
			t.Fatalf("%+v, %v; want %s", got, err, step.want)
		}
		c, _ := p.Directory.Community(p.Garden.ID)
		if c.Recipients[0].State != step.want {
			t.Errorf("the directory says %s", c.Recipients[0].State)
		}
	}
	p.wantAudit(t, caller, "recipient.create", "recipient.pause", "recipient.resume")
	p.emit(t, r, 1)
	p.answer = always(service.DeliveryOutcome{Class: service.OutcomeGone, Status: 410})
	p.pass(t)
	_, err := p.Recipients.Pause(t.Context(), caller, r.ID)
	wantCode(t, err, model.CodeStateChanged)
	if e, ok := err.(*model.Error); !ok || e.State != model.StateDisabled {
		t.Errorf("%+v", err)
	}
}

// wantAudit compares the community's log, in no order: the ids of parallel tests
// rise only in time, and here it stands still.
func (p *post) wantAudit(t testing.TB, by *model.Caller, want ...string) {
	t.Helper()
	entries, err := p.Store.View(t.Context()).AuditEntries(p.Garden.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Action)
		if strings.Contains(e.Detail, "whsec") {
			t.Errorf("a secret in the log: %+v", e)
		}
		if e.Action != "recipient.create" && e.ActorKind == "staff" && by != nil && e.ActorID != by.AccountID {
			t.Errorf("%s by %s", e.Action, e.ActorID)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("audited %v, want %v", got, want)
	}
}

func TestOfTwoPausesOneIsAnAct(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if _, err := p.Recipients.Pause(t.Context(), caller, r.ID); err != nil && model.CodeOf(err) != model.CodeStateChanged {
				t.Error(err)
			}
		})
	}
	all.Wait()
	p.wantAudit(t, caller, "recipient.create", "recipient.pause")
}

func TestTestSendsOneEventOutsideOfTheStream(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	if _, err := p.Recipients.Pause(t.Context(), caller, r.ID); err != nil {
		t.Fatal(err)
	}
	got, err := p.Recipients.Test(t.Context(), caller, r.ID)
	if err != nil || got != (service.TestResult{Delivered: true, Status: 204, Detail: "delivered"}) {
		t.Errorf("%+v, %v", got, err)
	}
	p.answer = always(service.DeliveryOutcome{Class: service.OutcomeRetry, Detail: "timeout"})
	got, err = p.Recipients.Test(t.Context(), caller, r.ID)
	if err != nil || got != (service.TestResult{Detail: "timeout"}) {
		t.Errorf("%+v, %v", got, err)
	}
	sent := p.attempts()
	if len(sent) != 2 || sent[0].D.ID == sent[1].D.ID {
		t.Fatalf("%+v", sent)
	}
	for _, s := range sent {
		if s.To.Secret == "" || s.D.Sequence != 0 || s.D.Type != model.EventTest || s.D.Body != "{}" || s.D.OccurredAt != model.Millis(p.Clock.Now()) || s.D.CommunityID != p.Garden.ID {
			t.Errorf("%+v", s)
		}
	}
	p.wantStates(t, r, map[string]int{})
	p.wantAudit(t, caller, "recipient.create", "recipient.pause", "recipient.test", "recipient.test")
}

// TestRotationsAtOnceLoseNoSecret: of two secrets that were shown, one is the
// current and one the previous.
func TestRotationsAtOnceLoseNoSecret(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	shown := make(chan string, 2)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			_, secret, err := p.Recipients.RotateSecret(t.Context(), caller, r.ID, "")
			if err != nil {
				t.Error(err)
			}
			shown <- secret
		})
	}
	both.Wait()
	to, err := p.Store.View(t.Context()).RecipientForSending(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	got, want := []string{to.Secret, to.PreviousSecret}, []string{<-shown, <-shown}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("signs with %v, shown were %v", got, want)
	}
	if to.PreviousUntil != model.Millis(p.Clock.Now().Add(24*time.Hour)) {
		t.Errorf("until %d", to.PreviousUntil)
	}
}
