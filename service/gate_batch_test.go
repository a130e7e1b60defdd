package service_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func offline(scanID, code string, at time.Time) service.OfflinePassage {
	return service.OfflinePassage{Scan: service.Scan{ScanID: scanID, Code: code, Direction: admission.In, ScannedAt: at},
		Decision: admission.Admit, Reason: admission.ReasonOK, RuleVersion: 1, BundleVersion: "b1", Outcome: "passed"}
}

func TestUploadAnswersEachItem(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	at := g.Clock.Now().Add(-20 * time.Hour)
	odd := offline("offline-3", g.Code(t, pass, at), at)
	odd.Reason = "because"
	items := []service.OfflinePassage{
		offline("offline-1", g.Code(t, pass, at), at),
		{Scan: service.Scan{ScanID: "offline-2"}, Bad: model.CodeInvalid},
		odd,
		offline("offline-4", "not a code", at),
		offline("offline-1", g.Code(t, pass, at), at),
	}
	for round, want := range [][]string{
		{"stored", "rejected invalid", "rejected unknown_reason", "stored", "duplicate"},
		{"duplicate", "rejected invalid", "rejected unknown_reason", "duplicate", "duplicate"},
	} {
		results, err := g.Gates.Upload(t.Context(), reader, items)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if got := strings.TrimSpace(r.Status + " " + r.Reason); got != want[i] || r.ScanID != items[i].ScanID {
				t.Errorf("round %d item %d: got %q, want %q", round, i, got, want[i])
			}
		}
	}
}

// The codes of a batch are verified at once, and each item is of its own code's pass, or
// of none where the code is not genuine.
func TestEachItemOfABatchIsOfItsOwnPass(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	var passes []model.Pass
	for range 5 {
		passes = append(passes, g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001")))
	}
	var items []service.OfflinePassage
	var want []uint64
	for i := range 60 {
		at := g.Clock.Now().Add(-time.Duration(i+1) * time.Minute)
		pass := passes[i%len(passes)]
		code, number := g.Code(t, pass, at), pass.Number
		switch i % 4 {
		case 2:
			code, number = "not a code", 0
		case 3: // another digit of the signature
			spoilt, digit := []byte(code), byte('7')
			if spoilt[60] == digit {
				digit = '8'
			}
			spoilt[60] = digit
			code, number = string(spoilt), 0
		}
		items, want = append(items, offline(fmt.Sprintf("offline-%02d", i), code, at)), append(want, number)
	}
	results, err := g.Gates.Upload(t.Context(), reader, items)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		p := mustDo[model.Passage](t)(g.Store.View(t.Context()).Passage(g.Garden.ID, r.PassageID))
		if p.PassNumber != want[i] {
			t.Errorf("item %d is of pass %d instead of %d", i, p.PassNumber, want[i])
		}
	}
}

// Three gates without a network admitted the same codes. Whatever the order of
// their uploads, and however often they repeat, there is one conflict per use
// key and it holds all admissions.
func TestConflictsAreTheSameInAnyOrder(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := testkit.NewGatehouse(t)
			readers := []*model.Caller{g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back), g.Reader(t, g.Garden.UnitDoor)}
			at := g.Clock.Now().Add(-time.Hour)
			type upload struct {
				reader *model.Caller
				item   service.OfflinePassage
			}
			var all []upload
			for n := range 5 {
				pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
				code := g.Code(t, pass, at)
				for r, reader := range readers {
					all = append(all, upload{reader, offline(fmt.Sprintf("offline-%d-%d", n, r), code, at)})
				}
			}
			all = append(all, all...)
			rng := rand.New(rand.NewPCG(seed, 0))
			rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for _, u := range all {
				if _, err := g.Gates.Upload(t.Context(), u.reader, []service.OfflinePassage{u.item}); err != nil {
					t.Fatal(err)
				}
			}
			conflicts, err := g.Store.View(t.Context()).Conflicts(g.Garden.ID, "", 100)
			if err != nil {
				t.Fatal(err)
			}
			// The unit door is a perimeter of its own, so two gates share each code.
			if len(conflicts) != 5 {
				t.Fatalf("%d conflicts, want 5", len(conflicts))
			}
			for _, c := range conflicts {
				if len(c.PassageIDs) != 2 || c.WindowNo != passcode.WindowAt(at) || c.Perimeter != "site" {
					t.Errorf("%+v", c)
				}
			}
			passages, err := g.Store.View(t.Context()).Passages(g.Garden.ID, storeFilter, "", 100)
			if err != nil || len(passages) != 15 {
				t.Fatalf("%d passages, %v", len(passages), err)
			}
		})
	}
}

func TestUploadAfterAnOnlineAdmissionIsAConflict(t *testing.T) {
	g := testkit.NewGatehouse(t)
	front, back := g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	code := g.Code(t, pass, g.Clock.Now())
	online := g.Scan(t, front, code, admission.In)
	results, err := g.Gates.Upload(t.Context(), back, []service.OfflinePassage{offline("offline-1", code, g.Clock.Now())})
	if err != nil || results[0].Status != "stored" || results[0].ConflictID == "" {
		t.Fatalf("%+v, %v", results, err)
	}
	conflicts, err := g.Store.View(t.Context()).Conflicts(g.Garden.ID, "", 10)
	if err != nil || len(conflicts) != 1 || !slices.Contains(conflicts[0].PassageIDs, online.Passage.ID) {
		t.Fatalf("%+v, %v", conflicts, err)
	}
}

func TestBundleIsSignedAndNamesExceptions(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	first, err := g.Gates.Bundle(t.Context(), reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := g.Gates.Bundle(t.Context(), reader)
	if err != nil || again.Version != first.Version || string(again.Signature) != string(first.Signature) {
		t.Fatalf("the same content was signed again: %v", err)
	}
	key, _ := g.Directory.Ring().Platform()
	if !verifies(key, first) {
		t.Fatal("the signature does not verify")
	}
	first.Payload[10] ^= 1
	if verifies(key, first) {
		t.Fatal("a changed payload verifies")
	}
}

// A code of a community's leaked key may name a pass of another community: its
// holder is nobody's business here.
func TestAnOfflinePassageNamesNoStrangersPass(t *testing.T) {
	t.Parallel()
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	stranger := g.Pass(t, g.Harbour, g.Person(t, "张三", "13800000001"))
	r := model.Recipient{ID: g.ID(), CommunityID: g.Garden.ID, Kind: "property", Name: "物业", URL: "https://property.example/", State: model.StateActive,
		Secret: "whsec_x", EventTypes: []string{model.EventPassageRecorded}, PolicyVersion: 1, CreatedAt: 1,
		FieldPolicy: map[string][]string{model.EventPassageRecorded: {"passage_id", "person_id"}}}
	register(t, g.House, r)
	forged := stranger
	forged.CommunityID = g.Garden.ID
	at := g.Clock.Now()
	if _, err := g.Gates.Upload(t.Context(), reader, []service.OfflinePassage{offline("offline-1", g.Code(t, forged, at), at)}); err != nil {
		t.Fatal(err)
	}
	claim, err := g.Store.ClaimDeliveries(t.Context(), r.ID, "w1", model.Millis(at.Add(time.Minute)), 10)
	if err != nil || len(claim.Deliveries) != 1 {
		t.Fatalf("%+v, %v", claim.Deliveries, err)
	}
	if body := claim.Deliveries[0].Body; strings.Contains(body, stranger.PersonID) {
		t.Errorf("told of a stranger: %s", body)
	}
}

func register(t *testing.T, h *testkit.House, r model.Recipient) {
	t.Helper()
	h.Update(t, func(tx *store.Tx) error { return tx.CreateRecipient(r) })
	if err := h.Directory.LoadPlaces(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Gates fall apart into parts of which each admits a code once, for many codes,
// each apart in its own way. However their uploads come in, cut into pieces,
// mixed and repeated, each use that was admitted in several parts is one conflict with
// exactly its admissions, and there is no other.
func TestConflictsOfAnyPartsInAnyOrder(t *testing.T) {
	codes := 1000
	if testing.Short() {
		codes = 200
	}
	const windows = 250
	g := testkit.NewGatehouse(t)
	var readers []*model.Caller
	for _, gate := range []model.Gate{g.Garden.Entrance, g.Garden.Entrance, g.Garden.Back, g.Garden.Back} {
		readers = append(readers, g.Reader(t, gate))
	}
	rng := rand.New(rand.NewPCG(7, 7))
	// waiting are the uploads of each gate, and admitted the scans of each code.
	waiting := make([][]service.OfflinePassage, len(readers))
	admitted := make([][]string, codes)
	var pass model.Pass
	for n := range codes {
		if n%windows == 0 {
			pass = g.Pass(t, g.Garden, g.Person(t, "张三", fmt.Sprintf("138%08d", n)))
		}
		at := g.Clock.Now().Add(-time.Duration(1+n%windows) * passcode.StepSeconds * time.Second)
		code, parts := g.Code(t, pass, at), map[int]bool{}
		for r := range readers {
			item := offline(fmt.Sprintf("parts-%d-%d", n, r), code, at)
			if part := rng.IntN(len(readers)); parts[part] {
				item.Decision, item.Reason = admission.Refuse, admission.ReasonUsed
			} else {
				parts[part] = true
				admitted[n] = append(admitted[n], item.ScanID)
			}
			for range 1 + rng.IntN(2) {
				waiting[r] = append(waiting[r], item)
			}
		}
	}
	for _, w := range waiting {
		rng.Shuffle(len(w), func(i, j int) { w[i], w[j] = w[j], w[i] })
	}
	ids := map[string]string{}
	for left := true; left; {
		left = false
		for _, r := range rng.Perm(len(readers)) {
			piece := waiting[r][:min(len(waiting[r]), 1+rng.IntN(1000))]
			waiting[r] = waiting[r][len(piece):]
			left = left || len(waiting[r]) > 0
			if len(piece) == 0 {
				continue
			}
			results, err := g.Gates.Upload(t.Context(), readers[r], piece)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range results {
				if known := ids[one.ScanID]; one.PassageID == "" || known != "" && known != one.PassageID {
					t.Fatalf("%+v, known as %q", one, known)
				}
				ids[one.ScanID] = one.PassageID
			}
		}
	}
	want := map[string]bool{}
	for _, scans := range admitted {
		if len(scans) > 1 {
			want[asSet(scans, func(id string) string { return ids[id] })] = true
		}
	}
	found := 0
	for cursor := ""; ; {
		page, err := g.Store.View(t.Context()).Conflicts(g.Garden.ID, cursor, 200)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			if found++; !want[asSet(c.PassageIDs, strings.Clone)] {
				t.Errorf("%+v holds what is no conflict", c)
			}
		}
		if len(page) < 200 {
			break
		}
		cursor = page[len(page)-1].ID
	}
	if found != len(want) || found < codes/2 {
		t.Errorf("%d conflicts instead of %d", found, len(want))
	}
}

// asSet is a set of ids as one text.
func asSet(all []string, as func(string) string) string {
	out := make([]string, len(all))
	for i := range all {
		out[i] = as(all[i])
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// What a guard did at a gate agent that was alone is a passage by hand: its words are
// sealed, it spends nothing, and other devices may not tell such things.
func TestUploadByHand(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	device := model.Device{ID: g.ID(), CommunityID: g.Garden.ID, GateID: g.Garden.Entrance.ID, Name: "代理", Profile: model.ProfileAgent,
		TokenHash: g.ID(), State: model.StateActive, EnrolledAt: model.Millis(g.Clock.Now())}
	g.Update(t, func(tx *store.Tx) error { return tx.CreateDevice(device) })
	gateAgent := &model.Caller{Kind: model.CallerDevice, AccountID: device.ID, Device: &device}
	at := g.Clock.Now().Add(-time.Hour)
	item := service.OfflinePassage{Scan: service.Scan{ScanID: "hand-1", Direction: admission.In, ScannedAt: at}, Decision: admission.Admit,
		Reason: admission.ReasonManual, RuleVersion: 1, BundleVersion: "b1", Outcome: "decided", Hand: &model.ManualPassage{Reason: "other", Note: "送水"}}
	for _, c := range []struct {
		by   *model.Caller
		want string
	}{{reader, "rejected not_allowed"}, {gateAgent, "stored"}, {gateAgent, "duplicate"}} {
		results, err := g.Gates.Upload(t.Context(), c.by, []service.OfflinePassage{item})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(results[0].Status + " " + results[0].Reason); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	list, err := service.NewPassages(g.Deps).List(t.Context(), g.Manager(g.Garden), g.Garden.ID, service.PassageFilter{}, service.Page{})
	if err != nil || len(list.Items) != 1 {
		t.Fatal(list, err)
	}
	if p := list.Items[0]; p.Way != model.WayManual || p.Reason != "manual" || p.Online || p.DeviceID != gateAgent.AccountID || p.ScannedAt != model.Millis(at) {
		t.Errorf("%+v", p)
	}
}
