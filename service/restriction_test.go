package service_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func (w *ward) against(who tenant, effect string, life time.Duration) service.NewRestriction {
	return service.NewRestriction{SubjectKind: service.SubjectPerson, SubjectID: who.PersonID, Effect: effect, Basis: "传染病防治法第四十一条",
		Reason: "密切接触者", ExpiresAt: w.Clock.Now().Add(life)}
}

// standing is a restriction that was approved.
func (w *ward) standing(t testing.TB, in service.NewRestriction) service.RestrictionShown {
	t.Helper()
	r, err := w.restrictions.Propose(t.Context(), w.author, w.Garden.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = w.restrictions.Approve(t.Context(), w.first, r.ID); err != nil || r.State != model.RestrictionActive {
		t.Fatalf("%+v, %v", r, err)
	}
	return r
}

func TestARestrictionNeedsASecondPersonAndAnEnd(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	outsider := w.tenant(t, w.Harbour, "1", "101", true)
	propose := func(in service.NewRestriction) error {
		_, err := w.restrictions.Propose(t.Context(), w.author, w.Garden.ID, in)
		return err
	}
	wantCode(t, propose(w.against(who, model.EffectBan, 30*24*time.Hour+time.Millisecond)), model.CodeInvalid)
	wantCode(t, propose(w.against(who, model.EffectBan, 0)), model.CodeInvalid)
	wantCode(t, propose(w.against(outsider, model.EffectBan, time.Hour)), model.CodeNotFound)
	w.on(t, w.order(30))
	wantCode(t, propose(w.against(who, model.EffectRed, 14*24*time.Hour+time.Millisecond)), model.CodeInvalid)
	r, err := w.restrictions.Propose(t.Context(), w.author, w.Garden.ID, w.against(who, model.EffectRed, 14*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	w.wantReason(t, who, admission.ReasonOK) // proposed is not in force
	_, err = w.restrictions.Approve(t.Context(), w.author, r.ID)
	wantCode(t, err, model.CodeSelfApproval)
	_, err = w.restrictions.Approve(t.Context(), w.Manager(w.Garden), r.ID)
	wantCode(t, err, model.CodeNotFound)
	if list, err := w.restrictions.Mine(t.Context(), who.Caller, service.Page{}); err != nil || len(list.Items) != 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	if r, err = w.restrictions.Approve(t.Context(), w.second, r.ID); err != nil || r.ApproverID != w.second.AccountID {
		t.Fatalf("%+v, %v", r, err)
	}
	_, err = w.restrictions.Approve(t.Context(), w.first, r.ID)
	wantCode(t, err, model.CodeStateChanged, "approved")
	w.wantReason(t, who, admission.ReasonHealthRed)
	if r, err = w.restrictions.Lift(t.Context(), w.first, r.ID, "解除隔离"); err != nil || r.LiftedBecause != "解除隔离" {
		t.Fatalf("%+v, %v", r, err)
	}
	w.wantReason(t, who, admission.ReasonOK)
	_, err = w.restrictions.Lift(t.Context(), w.first, r.ID, "再次")
	wantCode(t, err, model.CodeStateChanged, "lifted")
}

func TestABanIsOfAHomeToo(t *testing.T) {
	w := newWard(t)
	who, neighbour := w.tenant(t, w.Garden, "1", "101", true), w.tenant(t, w.Garden, "1", "102", true)
	in := w.against(who, model.EffectBan, time.Hour)
	in.SubjectKind, in.SubjectID = service.SubjectHousehold, who.home.ID
	w.wantReason(t, who, admission.ReasonOK)
	r := w.standing(t, in)
	w.wantReason(t, who, admission.ReasonRestricted)
	w.wantReason(t, neighbour, admission.ReasonOK)
	b, err := w.Gates.Bundle(t.Context(), w.reader)
	if err != nil || !jsonHas(b.Payload, `"restricted":true`) {
		t.Errorf("the bundle is %s (%v)", b.Payload, err)
	}
	w.Clock.Advance(model.FromMillis(r.ExpiresAt).Sub(w.Clock.Now()) - 31*time.Second)
	w.wantReason(t, who, admission.ReasonOK) // at the instant, before the job
	if n, err := w.restrictions.Expire(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := w.restrictions.Expire(t.Context()); err != nil || n != 0 {
		t.Fatalf("again %d, %v", n, err)
	}
}

func TestAnUnansweredAppealLiftsAtTheDeadline(t *testing.T) {
	w := newWard(t)
	who, stranger := w.tenant(t, w.Garden, "1", "101", true), w.tenant(t, w.Garden, "1", "102", true)
	w.on(t, w.order(30))
	r := w.standing(t, w.against(who, model.EffectRed, 13*24*time.Hour))
	_, err := w.restrictions.Appeal(t.Context(), stranger.Caller, r.ID, "不是我")
	wantCode(t, err, model.CodeNotFound)
	a, err := w.restrictions.Appeal(t.Context(), who.Caller, r.ID, "检测为阴性")
	if err != nil || a.DueAt != a.CreatedAt+48*time.Hour.Milliseconds() {
		t.Fatalf("%+v, %v", a, err)
	}
	_, err = w.restrictions.Appeal(t.Context(), who.Caller, r.ID, "再次")
	wantCode(t, err, model.CodeConflict)
	w.report(t, who, model.HealthAnswers{TemperatureTenths: 365})
	w.Clock.Advance(40 * time.Hour)
	w.report(t, who, model.HealthAnswers{TemperatureTenths: 365})
	w.Clock.Advance(model.FromMillis(a.DueAt).Sub(w.Clock.Now()) - 32*time.Second)
	if n, err := w.restrictions.AutoLift(t.Context()); err != nil || n != 0 {
		t.Fatalf("too early: %d, %v", n, err)
	}
	w.wantReason(t, who, admission.ReasonHealthRed)
	w.wantReason(t, who, admission.ReasonOK) // past the deadline, before the job
	_, err = w.restrictions.Decide(t.Context(), w.second, a.ID, false, "维持")
	wantCode(t, err, model.CodeStateChanged, "auto_lifted")
	if n, err := w.restrictions.AutoLift(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := w.restrictions.AutoLift(t.Context()); err != nil || n != 0 {
		t.Fatalf("again: %d, %v", n, err)
	}
	list, err := w.restrictions.Mine(t.Context(), who.Caller, service.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].EndReason != "appeal_unanswered" || list.Items[0].Appeals[0].State != model.AppealAutoLifted {
		t.Fatalf("%+v, %v", list.Items, err)
	}
	messages, err := w.Store.View(t.Context()).MessagesOf(who.PersonID, "", false, 9)
	if err != nil || len(messages) == 0 || messages[0].Template != "restriction_auto_lifted" {
		t.Errorf("%v, %v", messages, err)
	}
}

func TestAnAppealIsAnsweredBySomebodyElse(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	r := w.standing(t, w.against(who, model.EffectBan, 20*24*time.Hour))
	a, err := w.restrictions.Appeal(t.Context(), who.Caller, r.ID, "判决已撤销")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*model.Caller{w.author, w.first} {
		_, err := w.restrictions.Decide(t.Context(), c, a.ID, true, "同意")
		wantCode(t, err, model.CodeSelfApproval)
	}
	got, err := w.restrictions.Decide(t.Context(), w.second, a.ID, false, "判决仍有效")
	if err != nil || got.State != model.AppealUpheld || got.Answer != "判决仍有效" || got.RestrictionState != model.RestrictionActive {
		t.Fatalf("%+v, %v", got, err)
	}
	w.Clock.Advance(49 * time.Hour)
	w.wantReason(t, who, admission.ReasonRestricted) // answered, so it does not lift
	if a, err = w.restrictions.Appeal(t.Context(), who.Caller, r.ID, "新证据"); err != nil {
		t.Fatal(err)
	}
	if got, err = w.restrictions.Decide(t.Context(), w.second, a.ID, true, "属实"); err != nil || got.RestrictionState != model.RestrictionLifted {
		t.Fatalf("%+v, %v", got, err)
	}
	w.wantReason(t, who, admission.ReasonOK)
}

func TestALookAtRestrictionsSaysWhatFor(t *testing.T) {
	w := newWard(t)
	who, neighbour := w.tenant(t, w.Garden, "1", "101", true), w.tenant(t, w.Garden, "1", "102", true)
	w.standing(t, w.against(who, model.EffectBan, time.Hour))
	mustDo[service.List[service.RestrictionShown]](t)(w.restrictions.List(t.Context(), w.first, w.Garden.ID, model.RestrictionActive, service.Page{}))
	privacy := service.NewPrivacy(w.Deps)
	log := mustDo[service.List[service.LookView]](t)(privacy.AccessLog(t.Context(), who.Caller, "", service.Page{}))
	if len(log.Items) != 1 || log.Items[0].What != "restriction" || log.Items[0].Purpose != "restriction_duty" || log.Items[0].CommunityName != w.Garden.Name {
		t.Errorf("he sees %+v", log.Items)
	}
	log = mustDo[service.List[service.LookView]](t)(privacy.AccessLog(t.Context(), neighbour.Caller, "", service.Page{}))
	if len(log.Items) != 0 {
		t.Errorf("the neighbour sees %+v", log.Items)
	}
}
