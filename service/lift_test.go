package service_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/lift"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/store"
)

// lifted is a house with one simulated lift for unit 1 of building 1: floors 1 to 20.
type lifted struct {
	*visiting
	lifts      *service.Lifts
	lift       *simulator.Lift
	server     *httptest.Server
	group      service.LiftGroupView
	neighbour  model.Household
	li, next   *model.Caller // floor 15; floor 3
	controller service.LiftController
}

const liftSecret = "0123456789abcdef0123456789abcdef"

func newLifted(t testing.TB) *lifted {
	t.Helper()
	v := newVisiting(t)
	floors := []string{}
	var landings []model.LiftLanding
	for i := 1; i <= 20; i++ {
		floors = append(floors, fmt.Sprint(i))
		landings = append(landings, model.LiftLanding{Floor: fmt.Sprint(i), Open: i == 1})
	}
	w := &lifted{visiting: v, lift: simulator.NewLift(simulator.LiftOptions{Floors: floors, Secret: liftSecret, Clock: v.Clock})}
	w.server = httptest.NewServer(w.lift)
	t.Cleanup(w.server.Close)
	// No connection is kept, so that the HTTP library has nothing to try again on.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	w.controller = lift.NewHTTP(client, func(string) error { return nil }, v.Clock)
	w.lifts = w.replica()
	var err error
	w.group, err = w.lifts.Register(t.Context(), v.manager, v.Garden.ID, service.NewLiftGroup{Name: "1单元电梯", Building: "1号楼", Unit: "1", Protocol: model.LiftHTTP,
		Address: w.server.URL, Secret: liftSecret, Gates: []model.LiftGate{{GateID: v.Garden.Entrance.ID, Floor: "1"}}, Landings: landings})
	if err != nil {
		t.Fatal(err)
	}
	home := w.household(t, "1502")
	w.neighbour = w.household(t, "301")
	w.li, w.next = w.resident(t, home), w.resident(t, w.neighbour)
	return w
}

// replica is another server on the same database and controller.
func (w *lifted) replica() *service.Lifts {
	return service.NewLifts(w.Deps, map[model.LiftProtocol]service.LiftController{model.LiftHTTP: w.controller},
		service.PainterFunc(func(text string, _ int) ([]byte, error) { return []byte("<svg>" + text + "</svg>"), nil }), "https://pass.example")
}

// resident lives in a home and has the pass that comes with it.
func (w *lifted) resident(t testing.TB, home model.Household) *model.Caller {
	t.Helper()
	c := w.member(t, home, "owner")
	w.Update(t, func(tx *store.Tx) error {
		found, err := tx.OpenResidency(home.CommunityID, home.ID, c.PersonID)
		if err != nil {
			return err
		}
		return tx.CreatePass(model.Pass{ID: w.ID(), Number: model.NewPassNumber(), CommunityID: home.CommunityID, PersonID: c.PersonID, ResidencyID: found.ID,
			Kind: "resident", AccessGroup: 1, State: model.PassActive, CreatedAt: 1})
	})
	return c
}

func (w *lifted) wish(id, to string) service.NewLiftCall {
	return service.NewLiftCall{RequestID: id, GroupID: w.group.ID, From: "1", To: to}
}

// pass is one round of a replica.
func (w *lifted) pass(t testing.TB, of *service.Lifts) {
	t.Helper()
	if err := of.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (w *lifted) call(t testing.TB, id string) model.LiftCall {
	t.Helper()
	c, err := w.lifts.Call(t.Context(), w.li, w.wish(id, "15"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *lifted) is(t testing.TB, id string, state model.LiftCallState, reason string) model.LiftCall {
	t.Helper()
	c, err := w.lifts.Show(t.Context(), w.li, id)
	if err != nil {
		t.Fatal(err)
	}
	if c.State != state || c.Reason != reason {
		t.Fatalf("the call is %s (%s), want %s (%s)", c.State, c.Reason, state, reason)
	}
	return c
}

func TestTwoHundredIdenticalCallsAreOneCommand(t *testing.T) {
	w := newLifted(t)
	other := w.replica()
	var wg sync.WaitGroup
	ids := make([]string, 200)
	for i := range ids {
		wg.Go(func() {
			of := w.lifts
			if i%2 == 1 {
				of = other
			}
			c, err := of.Call(context.Background(), w.li, w.wish("same-request", "15"))
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
			ids[i] = c.ID
			if i%10 == 0 {
				_ = of.Pass(context.Background())
			}
		})
	}
	wg.Wait()
	w.pass(t, w.lifts)
	w.pass(t, other)
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("two calls: %s and %s", ids[0], id)
		}
	}
	if heard := w.lift.Commands(); len(heard) != 1 || heard[ids[0]] != 1 {
		t.Errorf("the controller heard %v", heard)
	}
	w.is(t, ids[0], model.LiftAcknowledged, "")
}

func TestTwoReplicasSendACallOnce(t *testing.T) {
	w := newLifted(t)
	replicas := []*service.Lifts{w.lifts, w.replica(), w.replica()}
	c := w.call(t, "call-0001")
	var wg sync.WaitGroup
	for n := range 30 {
		wg.Go(func() {
			if err := replicas[n%3].Pass(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if heard := w.lift.Commands(); heard[c.ID] != 1 {
		t.Errorf("the controller heard the call %d times", heard[c.ID])
	}
}

func TestAnExpiredCallIsNeverSent(t *testing.T) {
	w := newLifted(t)
	c := w.call(t, "call-0001")
	w.Clock.Advance(15 * time.Second)
	w.pass(t, w.lifts)
	w.is(t, c.ID, model.LiftExpired, model.LiftTooLate)
	w.Clock.Advance(time.Hour)
	w.pass(t, w.lifts)
	if heard := w.lift.Commands(); len(heard) != 0 {
		t.Errorf("the controller heard %v", heard)
	}
	if again := w.call(t, "call-0001"); again.ID != c.ID || again.State != model.LiftExpired {
		t.Errorf("the same request is now %+v", again)
	}
	if next := w.call(t, "call-0002"); next.State != model.LiftRequested {
		t.Errorf("a new call is %s", next.State)
	}
}

func TestACallGoesItsWayAndNeverBack(t *testing.T) {
	w := newLifted(t)
	c := w.call(t, "call-0001")
	w.pass(t, w.lifts)
	w.is(t, c.ID, model.LiftAcknowledged, "")
	tell := func(state model.LiftCallState, floor string) {
		t.Helper()
		err := w.lifts.Hear(t.Context(), w.Garden.ID, w.group.ID, model.LiftReport{CallID: c.ID, State: state, Lift: "A", Floor: floor})
		if err != nil {
			t.Fatal(err)
		}
	}
	tell(model.LiftArriving, "7")
	turn := w.is(t, c.ID, model.LiftArriving, "").Turn
	tell(model.LiftArriving, "7")
	if again := w.is(t, c.ID, model.LiftArriving, ""); again.Turn != turn || again.AtFloor != "7" {
		t.Errorf("the same news twice: turn %d after %d, floor %s", again.Turn, turn, again.AtFloor)
	}
	tell(model.LiftArrived, "1")
	tell(model.LiftAcknowledged, "9")
	tell(model.LiftArriving, "9")
	tell("teleported", "9")
	w.is(t, c.ID, model.LiftArrived, "")
	tell(model.LiftDone, "15")
	tell(model.LiftFailed, "1")
	if done := w.is(t, c.ID, model.LiftDone, ""); done.Live != nil || done.EndedAt == 0 {
		t.Errorf("done, and yet %+v", done)
	}
}

func TestAFloorOfSomebodyElseIsRefused(t *testing.T) {
	w := newLifted(t)
	_, err := w.lifts.Call(t.Context(), w.next, w.wish("call-0001", "15"))
	refusedAs(t, err, model.CodeFloorNotAllowed)
	stranger := w.household(t, "1601")
	outsider := w.member(t, stranger, "owner") // who has no pass
	_, err = w.lifts.Call(t.Context(), outsider, w.wish("call-0002", "16"))
	refusedAs(t, err, model.CodeFloorNotAllowed)
	nobody := &model.Caller{Kind: model.CallerPerson, PersonID: w.ID()}
	_, err = w.lifts.Call(t.Context(), nobody, w.wish("call-0003", "16"))
	refusedAs(t, err, model.CodeNotFound)
	_, err = w.lifts.Call(t.Context(), w.li, w.wish("call-0004", "99"))
	refusedAs(t, err, model.CodeInvalid)
}

func TestAFloorIsSharedForATime(t *testing.T) {
	w := newLifted(t)
	g, err := w.lifts.Grant(t.Context(), w.li, service.NewLiftGrant{HouseholdID: w.homeOf(t, w.li), GroupID: w.group.ID, Building: "1号楼", Unit: "1单元", Room: "301",
		ValidUntil: model.Millis(w.Clock.Now().Add(time.Hour))})
	if err != nil || g.Floor != "15" {
		t.Fatalf("%+v, %v", g, err)
	}
	c, err := w.lifts.Call(t.Context(), w.next, w.wish("call-0001", "15"))
	if err != nil || c.State != model.LiftRequested {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := w.lifts.Cancel(t.Context(), w.next, c.ID); err != nil {
		t.Fatal(err)
	}
	if shared, err := w.lifts.Grants(t.Context(), w.li); err != nil || len(shared) != 1 || shared[0].To.Room != "301" || g.To.Room != "301" {
		t.Fatalf("shared %+v, %v", shared, err)
	}
	refusedAs(t, w.lifts.EndGrant(t.Context(), w.next, g.ID), model.CodeNotFound)
	if err := w.lifts.EndGrant(t.Context(), w.li, g.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.lifts.Call(t.Context(), w.next, w.wish("call-0002", "15"))
	refusedAs(t, err, model.CodeFloorNotAllowed)
	_, err = w.lifts.Grant(t.Context(), w.next, service.NewLiftGrant{HouseholdID: w.homeOf(t, w.li), GroupID: w.group.ID, Room: "301",
		ValidUntil: model.Millis(w.Clock.Now().Add(time.Hour))})
	refusedAs(t, err, model.CodeNotFound)
}

func (w *lifted) homeOf(t testing.TB, c *model.Caller) string {
	t.Helper()
	found, err := w.Store.View(t.Context()).ResidenciesOfPerson(c.PersonID, model.ResidencyActive, 1)
	if err != nil || len(found) == 0 {
		t.Fatal(err)
	}
	return found[0].HouseholdID
}

func TestAPersonCallsOneLiftAtATimeAndNotTooOften(t *testing.T) {
	w := newLifted(t)
	w.call(t, "call-0001")
	_, err := w.lifts.Call(t.Context(), w.li, w.wish("call-0002", "15"))
	refusedAs(t, err, model.CodeLimitReached)
	for i := range 5 {
		c, err := w.lifts.Call(t.Context(), w.li, w.wish(fmt.Sprintf("call-000%d", max(1, i*2)), "15"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.lifts.Cancel(t.Context(), w.li, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.call(t, "call-0010")
	c, _ := w.Store.View(t.Context()).LiftCallByRequest(w.li.PersonID, "call-0010")
	if _, err := w.lifts.Cancel(t.Context(), w.li, c.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.lifts.Call(t.Context(), w.li, w.wish("call-0011", "15"))
	refusedAs(t, err, model.CodeRateLimited)
}
