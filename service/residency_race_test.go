package service_test

import (
	"context"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// atOnce runs the functions together and gives their errors in order.
func atOnce(fns ...func() error) []error {
	start, errs := make(chan struct{}), make([]error, len(fns))
	var wg sync.WaitGroup
	for i, fn := range fns {
		wg.Go(func() {
			<-start
			errs[i] = fn()
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func TestOfTwoPersonsOneGetsTheRosterEntry(t *testing.T) {
	e := newEstate(t)
	for range 5 {
		claim := e.wangNext(t)
		var status [4]string
		var fns []func() error
		for i := range status {
			who := e.resident(t, "", phoneWang)
			fns = append(fns, func() error {
				v, err := e.residencies.Claim(context.Background(), who, claim)
				status[i] = v.Status
				return err
			})
		}
		for _, err := range atOnce(fns...) {
			if err != nil {
				t.Fatal(err)
			}
		}
		count := map[string]int{}
		for _, s := range status {
			count[s]++
		}
		if count["active"] != 1 || count["pending"] != 3 {
			t.Fatalf("the claims became %v", count)
		}
	}
}

func TestADoubleClaimIsOneResidency(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "", phoneWang)
	claim := func() error {
		_, err := e.residencies.Claim(context.Background(), who, e.wang())
		return err
	}
	made := 0
	for _, err := range atOnce(claim, claim, claim, claim) {
		if err == nil {
			made++
			continue
		}
		wantCode(t, err, model.CodeResidencyExists, "active")
	}
	if passes := e.passes(t, who); made != 1 || len(passes) != 1 {
		t.Fatalf("%d claims went through and left %d passes", made, len(passes))
	}
}

func TestAPhoneConfirmedDuringTheClaimIsSeenByOneOfThem(t *testing.T) {
	e := newEstate(t)
	for range 10 {
		who, claim := e.resident(t, "", ""), e.wangNext(t)
		for _, err := range atOnce(
			func() error { _, err := e.residencies.Claim(context.Background(), who, claim); return err },
			func() error { _, err := e.residents.SetPhone(context.Background(), who, "code-wang"); return err },
		) {
			if err != nil {
				t.Fatal(err)
			}
		}
		p, err := e.Store.View(t.Context()).Person(who.PersonID)
		if err != nil || p.Name != "王芳" || p.Phone != phoneWang {
			t.Fatalf("one has overwritten the other: %q, %q (%v)", p.Name, p.Phone, err)
		}
		if passes := e.passes(t, who); len(passes) != 1 {
			t.Fatalf("name, phone and roster agree, and there are %d passes", len(passes))
		}
	}
}

func TestOfApprovalAndRefusalOneHolds(t *testing.T) {
	e := newEstate(t)
	manager, cid := e.Manager(e.Garden), e.Garden.ID
	for range 50 {
		who := e.resident(t, "", "")
		v := e.mustClaim(t, who, e.wang(), "pending")
		errs := atOnce(
			func() error {
				_, err := e.residencies.Approve(context.Background(), manager, cid, v.ID, nil)
				return err
			},
			func() error {
				_, err := e.residencies.Decline(context.Background(), manager, cid, v.ID, "查无此人")
				return err
			},
		)
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("approve: %v, decline: %v", errs[0], errs[1])
		}
		stored, err := e.Store.View(t.Context()).Residency(cid, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		won, lost, passes := "active", errs[1], 1
		if errs[0] != nil {
			won, lost, passes = "declined", errs[0], 0
		}
		wantCode(t, lost, model.CodeStateChanged, won)
		if got := len(e.passes(t, who)); stored.Status != won || got != passes {
			t.Fatalf("%s stands as %s with %d passes", won, stored.Status, got)
		}
	}
}

func TestAPhoneAndARefusalAtOnceLeaveOneDecision(t *testing.T) {
	e := newEstate(t)
	for range 10 {
		who, claim := e.resident(t, "", ""), e.wangNext(t)
		v := e.mustClaim(t, who, claim, "pending")
		var done service.PhoneConfirmed
		errs := atOnce(
			func() (err error) {
				done, err = e.residents.SetPhone(context.Background(), who, "code-wang")
				return err
			},
			func() error {
				_, err := e.residencies.Decline(context.Background(), e.Manager(e.Garden), e.Garden.ID, v.ID, "查无此人")
				return err
			},
		)
		if errs[0] != nil {
			t.Fatalf("the phone was refused: %v", errs[0])
		}
		if activated := len(done.Activated) == 1; activated == (errs[1] == nil) || activated != (len(e.passes(t, who)) == 1) {
			t.Fatalf("activated %v, decline: %v, %d passes", activated, errs[1], len(e.passes(t, who)))
		}
		// A refused claim leaves the entry of the roster to the one who lives there.
		if errs[1] == nil {
			e.mustClaim(t, e.resident(t, "", phoneWang), claim, "active")
		}
	}
}
