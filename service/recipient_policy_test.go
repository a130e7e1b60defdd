package service_test

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestANewRecipientIsGivenTheDefault(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	got, err := p.Recipients.FieldPolicy(t.Context(), p.Manager(p.Garden), r.ID)
	if err != nil || got.Version != 1 || len(got.Fields) != len(model.EventFields) {
		t.Fatalf("%+v, %v", got, err)
	}
	for eventType, known := range model.EventFields {
		if len(got.Fields[eventType]) != len(known.Default) {
			t.Errorf("%s: %v", eventType, got.Fields[eventType])
		}
	}
}

func TestSetFieldPolicyReplacesTheWhole(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	got, err := p.Recipients.SetFieldPolicy(t.Context(), caller, r.ID,
		map[string][]string{model.EventPassageRecorded: {"reason", "person_id", "reason"}}, []int64{1})
	want := service.FieldPolicy{Version: 2, Fields: map[string][]string{model.EventPassageRecorded: {"person_id", "reason"},
		model.EventPassageConflict: {}, model.EventResidencyChanged: {}, model.EventVisitChanged: {}, model.EventHealthReported: {}, model.EventIncidentChanged: {}, model.EventDeviceStatus: {},
		model.EventVehiclePassed: {}, model.EventLiftCalled: {}, model.EventCommandEnded: {}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
	if again, err := p.Recipients.FieldPolicy(t.Context(), caller, r.ID); err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("reads %+v, %v", again, err)
	}
	p.wantAudit(t, caller, "recipient.create", "recipient.field_policy")
}

func TestSetFieldPolicyRefuses(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	_, err := p.Recipients.SetFieldPolicy(t.Context(), caller, r.ID, map[string][]string{
		"cn.communitypass.recipient.test": {}, "a/b~c": {}, model.EventDeviceStatus: {"state", "serial"}, model.EventPassageRecorded: {"reason"}}, nil)
	var e *model.Error
	want := []model.FieldError{{Field: "/fields/a~1b~0c", Code: "unknown"}, {Field: "/fields/cn.communitypass.device.status", Code: "enum"},
		{Field: "/fields/cn.communitypass.recipient.test", Code: "unknown"}}
	if !errors.As(err, &e) || e.Code != model.CodeInvalid || !reflect.DeepEqual(e.Fields, want) {
		t.Errorf("%+v", err)
	}
	_, err = p.Recipients.SetFieldPolicy(t.Context(), caller, r.ID, nil, []int64{})
	wantCode(t, err, model.CodePreconditionFailed)
	_, err = p.Recipients.SetFieldPolicy(t.Context(), caller, r.ID, nil, []int64{2, 7})
	if !errors.As(err, &e) || e.Code != model.CodePreconditionFailed || e.State != "1" {
		t.Errorf("%+v", err)
	}
	p.wantAudit(t, caller, "recipient.create")
}

// TestOfPoliciesAtOnceOneWins: two staff edit the same version; one of them is told.
func TestOfPoliciesAtOnceOneWins(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	var won, lost atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := p.Recipients.SetFieldPolicy(t.Context(), caller, r.ID, nil, []int64{1})
			switch {
			case err == nil:
				won.Add(1)
			case model.CodeOf(err) == model.CodePreconditionFailed:
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || lost.Load() != 7 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
}
