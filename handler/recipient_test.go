package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// nobody is a courier whose recipients always take what they are sent.
type nobody struct{}

func (nobody) Send(context.Context, model.Recipient, model.Delivery) service.DeliveryOutcome {
	return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 202}
}
func (nobody) KeepAlive(context.Context, model.Recipient) service.DeliveryOutcome {
	return service.DeliveryOutcome{Class: service.OutcomeDelivered}
}

func (nobody) SignOff(context.Context, model.Recipient) service.DeliveryOutcome {
	return service.DeliveryOutcome{Class: service.OutcomeDelivered}
}

func (nobody) CheckURL(context.Context, string) error { return nil }
func (nobody) NewSecret() string                      { return "whsec_shown_once" }

// contract is read once: that takes longer than a test.
var contract = sync.OnceValues(openapi.Load)

// shown writes a response and holds its body against a schema of the contract.
func shown(t *testing.T, schema string, visit func(http.ResponseWriter) error) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := visit(w); err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Components.Schemas[schema].Value.VisitJSON(body); err != nil {
		t.Errorf("%s: %v", schema, err)
	}
	return w, body
}

type desk struct {
	*testkit.House
	handler.Recipients
	handler.Deliveries
	ctx context.Context
}

func newDesk(t *testing.T) desk {
	h := testkit.NewHouse(t)
	quiet := func(string) {}
	return desk{House: h, Recipients: handler.Recipients{Service: service.NewRecipients(h.Deps, nobody{}, quiet)},
		Deliveries: handler.Deliveries{Service: service.NewDeliveries(h.Deps, service.KeepDelivered, quiet)},
		ctx:        middleware.WithCaller(t.Context(), h.Manager(h.Garden))}
}

func (d desk) create(t *testing.T) string {
	t.Helper()
	yes := true
	answer, err := d.CreateRecipient(d.ctx, server.CreateRecipientRequestObject{Body: &wire.RecipientRequest{CommunityId: d.Garden.ID, Kind: "property",
		Name: "物业系统", Url: "https://property.example/events", Purpose: "门禁对账", Agreement: "协议2026-7", Sm2: &yes,
		EventTypes: &[]wire.EventType{model.EventDeviceStatus}}})
	if err != nil {
		t.Fatal(err)
	}
	w, body := shown(t, "RecipientCreated", answer.VisitCreateRecipientResponse)
	r := body["recipient"].(map[string]any)
	if w.Code != http.StatusCreated || body["secret"] != "whsec_shown_once" || r["sm2"] != true || r["state"] != "active" || len(r["event_types"].([]any)) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return r["id"].(string)
}

func TestRecipientAnswersFitTheContract(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.create(t)
	got, err := d.GetRecipient(d.ctx, server.GetRecipientRequestObject{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "Recipient", got.VisitGetRecipientResponse); w.Code != 200 || body["id"] != id || strings.Contains(w.Body.String(), "whsec") {
		t.Errorf("%s", w.Body)
	}
	limit := 1
	list, err := d.ListRecipients(d.ctx, server.ListRecipientsRequestObject{Params: wire.ListRecipientsParams{Limit: &limit}})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "RecipientList", list.VisitListRecipientsResponse); len(body["items"].([]any)) != 1 || body["next_cursor"] != nil {
		t.Errorf("%s", w.Body)
	}
	test, err := d.TestRecipient(d.ctx, server.TestRecipientRequestObject{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "RecipientTest", test.VisitTestRecipientResponse); body["delivered"] != true || body["status"] != 202.0 {
		t.Errorf("%s", w.Body)
	}
	rotated, err := d.RotateRecipientSecret(d.ctx, server.RotateRecipientSecretRequestObject{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "RecipientCreated", rotated.VisitRotateRecipientSecretResponse); w.Code != 200 || body["secret"] != "whsec_shown_once" {
		t.Errorf("%s", w.Body)
	}
	paused, err := d.PauseRecipient(d.ctx, server.PauseRecipientRequestObject{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "Recipient", paused.VisitPauseRecipientResponse); body["state"] != "paused" {
		t.Errorf("%s", w.Body)
	}
	resumed, err := d.ResumeRecipient(d.ctx, server.ResumeRecipientRequestObject{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "Recipient", resumed.VisitResumeRecipientResponse); body["state"] != "active" {
		t.Errorf("%s", w.Body)
	}
}

func TestFieldPolicyCarriesItsVersion(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.create(t)
	got, err := d.GetFieldPolicy(d.ctx, server.GetFieldPolicyRequestObject{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	if w, _ := shown(t, "FieldPolicy", got.VisitGetFieldPolicyResponse); w.Header().Get("ETag") != `"1"` {
		t.Errorf("ETag %s", w.Header().Get("ETag"))
	}
	body := &wire.FieldPolicy{Fields: map[string][]string{model.EventDeviceStatus: {"state"}}}
	version := 1
	for _, c := range []struct {
		ifMatch string
		ok      bool
	}{{`"2"`, false}, {`W/"1"`, false}, {`1`, false}, {`"1`, false}, {`""`, false}, {``, false}, {`"1"`, true}, {`"1"`, false}, {`"x", "2"`, true}, {`*`, true}} {
		answer, err := d.SetFieldPolicy(d.ctx, server.SetFieldPolicyRequestObject{Id: id, Body: body, Params: wire.SetFieldPolicyParams{IfMatch: &c.ifMatch}})
		if !c.ok {
			if model.CodeOf(err) != model.CodePreconditionFailed || err == nil {
				t.Errorf("If-Match %s: %v", c.ifMatch, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("If-Match %s: %v", c.ifMatch, err)
			continue
		}
		version++
		if w, _ := shown(t, "FieldPolicy", answer.VisitSetFieldPolicyResponse); w.Header().Get("ETag") != `"`+string(rune('0'+version))+`"` {
			t.Errorf("If-Match %s: ETag %s", c.ifMatch, w.Header().Get("ETag"))
		}
	}
	if _, err := d.SetFieldPolicy(d.ctx, server.SetFieldPolicyRequestObject{Id: id, Body: body}); err != nil {
		t.Errorf("without If-Match: %v", err)
	}
}

func TestDeliveryAnswersFitTheContract(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.create(t)
	d.Update(t, func(tx *store.Tx) error {
		return tx.Emit([]model.Delivery{{ID: d.ID(), RecipientID: id, CommunityID: d.Garden.ID, Type: model.EventDeviceStatus,
			OccurredAt: model.Millis(d.Clock.Now()), Body: "{}"}})
	})
	list, err := d.ListDeliveries(d.ctx, server.ListDeliveriesRequestObject{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	w, body := shown(t, "DeliveryList", list.VisitListDeliveriesResponse)
	first := body["items"].([]any)[0].(map[string]any)
	if first["next_at"] == nil || first["delivered_at"] != nil || first["state"] != "pending" {
		t.Fatalf("%s", w.Body)
	}
	ledger, err := d.ListSharing(d.ctx, server.ListSharingRequestObject{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "SharingLedger", ledger.VisitListSharingResponse); len(body["items"].([]any)) != 0 {
		t.Errorf("nothing was delivered: %s", w.Body)
	}
	dead := wire.DeliveryState(model.DeliveryDead)
	list, err = d.ListDeliveries(d.ctx, server.ListDeliveriesRequestObject{Id: id, Params: wire.ListDeliveriesParams{State: &dead}})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "DeliveryList", list.VisitListDeliveriesResponse); len(body["items"].([]any)) != 0 {
		t.Errorf("%s", w.Body)
	}
	retried, err := d.RetryDelivery(d.ctx, server.RetryDeliveryRequestObject{Id: first["id"].(string)})
	if err != nil {
		t.Fatal(err)
	}
	shown(t, "Delivery", retried.VisitRetryDeliveryResponse)
	replayed, err := d.ReplayDeliveries(d.ctx, server.ReplayDeliveriesRequestObject{Id: id, Body: &wire.ReplayRequest{FromSequence: 1, ToSequence: 9}})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "ReplayResult", replayed.VisitReplayDeliveriesResponse); body["queued"] != 0.0 {
		t.Errorf("%s", w.Body)
	}
	for _, hour := range []time.Duration{0, -time.Hour} {
		digest, err := d.GetRecipientDigest(d.ctx, server.GetRecipientDigestRequestObject{Id: id,
			Params: wire.GetRecipientDigestParams{Hour: instant.Time{Time: d.Clock.Now().Add(hour)}}})
		if err != nil {
			t.Fatal(err)
		}
		if w, body := shown(t, "Digest", digest.VisitGetRecipientDigestResponse); (hour == 0) != (body["count"] == 1.0) || (hour == 0) != (body["first_sequence"] == 1.0) {
			t.Errorf("%s", w.Body)
		}
	}
}

func TestWithoutACallerThereIsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.create(t)
	_, err := d.GetRecipient(t.Context(), server.GetRecipientRequestObject{Id: id})
	var e *model.Error
	if !errors.As(err, &e) || e.Code != model.CodeNotFound {
		t.Errorf("%v", err)
	}
	list, err := d.ListRecipients(middleware.WithCaller(t.Context(), d.Manager(d.Harbour)), server.ListRecipientsRequestObject{})
	if err != nil {
		t.Fatal(err)
	}
	if w, body := shown(t, "RecipientList", list.VisitListRecipientsResponse); len(body["items"].([]any)) != 0 {
		t.Errorf("a stranger sees %s", w.Body)
	}
}
