package simulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/simulator"
)

const deviceToken = "dt_0123456789"

var (
	gateID    = model.NewID(atNoon)
	passageID = model.NewID(atNoon)
)

func enrolled() wire.Enrolled {
	return wire.Enrolled{DeviceId: model.NewID(atNoon), DeviceToken: deviceToken, ServerTime: instant.Time{Time: atNoon}, BundleUrl: "/v1/gate/bundle",
		Gate: wire.Gate{Id: gateID, CommunityId: model.NewID(atNoon), Name: "东门", Kind: "entrance", Direction: "in", Perimeter: "site", Fallback: "ask_guard", Passback: "off"}}
}

// newGate is a gate that was enrolled before.
func newGate(s *contractServer) *simulator.Gate {
	g := simulator.NewGate(s.url, s.options())
	g.Resume(enrolled())
	return g
}

func admitted() wire.ScanDecision {
	return wire.ScanDecision{Decision: wire.Admit, Reason: "ok", Message: "请通行", PassageId: passageID, RuleVersion: 1,
		Display: wire.ScanDisplay{NameMasked: "欧***", Kind: "resident"}, ServerTime: instant.Time{Time: atNoon}}
}

func TestGateEnrolsOnceAndKeepsItsCredential(t *testing.T) {
	t.Parallel()
	s := newContractServer(t)
	var enrolments int
	s.HandleFunc("POST /v1/gate/enrol", func(w http.ResponseWriter, r *http.Request) {
		enrolments++
		if b := read[wire.EnrolRequest](t, r); b.EnrolmentCode != "ABCD-EFGH" || b.DeviceName != "东门读头" || r.Header.Get("Authorization") != "" {
			t.Errorf("%+v", b)
		}
		if enrolments == 1 {
			problem(w, 503, "unavailable")
			return
		}
		reply(w, 201, enrolled())
	})
	var bearer string
	s.HandleFunc("POST /v1/gate/heartbeats", func(w http.ResponseWriter, r *http.Request) {
		bearer = r.Header.Get("Authorization")
		b := read[wire.Heartbeat](t, r)
		if !b.DeviceTime.Equal(atNoon) || *b.QueueLength != 3 {
			t.Errorf("%+v", b)
		}
		reply(w, 200, wire.HeartbeatAnswer{ServerTime: instant.Time{Time: atNoon}, BundleVersion: "v1", ClockOffsetMs: 0, Commands: []wire.Command{}})
	})
	g := simulator.NewGate(s.url, s.options())
	if _, err := g.Enrol(t.Context(), "ABCD-EFGH", "东门读头"); simulator.ProblemCode(err) != "unavailable" || enrolments != 1 {
		t.Fatalf("a code that works once was sent %d times: %v", enrolments, err)
	}
	if e, err := g.Enrol(t.Context(), "ABCD-EFGH", "东门读头"); err != nil || e.Gate.Id != gateID {
		t.Fatalf("%+v, %v", e, err)
	}
	if a, err := g.Heartbeat(t.Context(), 3); err != nil || a.BundleVersion != "v1" || bearer != "Bearer "+deviceToken {
		t.Fatalf("%+v, %v, %q", a, err, bearer)
	}
}

// The server has recorded the scan when its answer is lost: only the same scan id
// keeps it from being recorded again.
func TestGateRepeatsALostScanUnderItsScanID(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(http.ResponseWriter){
		"connection cut": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"503":            func(w http.ResponseWriter) { problem(w, 503, "overloaded") },
		"503 with a time": func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "2")
			problem(w, 503, "overloaded")
		},
		"503 of a proxy": func(w http.ResponseWriter) {
			w.Header().Set("X-Broken", "1")
			w.WriteHeader(503)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newContractServer(t)
			var scans []wire.Scan
			s.HandleFunc("POST /v1/gate/scans", func(w http.ResponseWriter, r *http.Request) {
				if scans = append(scans, read[wire.Scan](t, r)); len(scans) < 3 {
					lose(w)
				} else {
					reply(w, 200, admitted())
				}
			})
			d, err := newGate(s).Scan(t.Context(), "CODE %+$", wire.DirectionIn, 36.6)
			if err != nil || d.PassageId != passageID || d.Decision != wire.Admit {
				t.Fatalf("%+v, %v", d, err)
			}
			if len(scans) != 3 || scans[0].Code != "CODE %+$" || *scans[0].TemperatureC != 36.6 || !scans[0].ScannedAt.Equal(atNoon) {
				t.Fatalf("%+v", scans)
			}
			for _, again := range scans[1:] {
				if again.ScanId != scans[0].ScanId || again.ScannedAt != scans[0].ScannedAt {
					t.Errorf("another scan: %+v", again)
				}
			}
			want := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond}
			if name == "503 with a time" {
				want = []time.Duration{2 * time.Second, 2 * time.Second}
			}
			if got := s.waited(); !slices.Equal(got, want) {
				t.Errorf("waited %v, want %v", got, want)
			}
		})
	}
}

func TestGateGivesUp(t *testing.T) {
	t.Parallel()
	s := newContractServer(t)
	var scans int
	answer := func(w http.ResponseWriter) { problem(w, 503, "unavailable") }
	s.HandleFunc("POST /v1/gate/scans", func(w http.ResponseWriter, _ *http.Request) { scans++; answer(w) })
	g := newGate(s)
	if _, err := g.Scan(t.Context(), "x", wire.DirectionOut, 0); simulator.ProblemCode(err) != "unavailable" || scans != 4 {
		t.Errorf("after %d attempts: %v", scans, err)
	}
	for _, code := range []string{"unauthenticated", "invalid", "rate_limited", "internal"} {
		status := map[string]int{"unauthenticated": 401, "invalid": 400, "rate_limited": 429, "internal": 500}[code]
		scans, answer = 0, func(w http.ResponseWriter) { problem(w, status, code) }
		_, err := g.Scan(t.Context(), "x", wire.DirectionOut, 0)
		var p *simulator.Problem
		if !errors.As(err, &p) || p.Status != status || p.Code != code || p.Detail != "不行。" || p.RequestID != "req-00000001" || p.Fields[0].Field != "/code" || scans != 1 {
			t.Errorf("%s: %d attempts, %+v", code, scans, err)
		}
	}
	scans = 0
	ctx, stop := context.WithCancel(t.Context())
	answer = func(w http.ResponseWriter) { stop(); problem(w, 503, "unavailable") }
	if _, err := g.Scan(ctx, "x", wire.DirectionOut, 0); err == nil || scans != 1 {
		t.Errorf("went on after the end: %d attempts, %v", scans, err)
	}
}

// A door must not open on an answer that the gate does not understand.
func TestGateRefusesAnswersThatAreNotInTheContract(t *testing.T) {
	t.Parallel()
	odd := admitted()
	odd.Decision = "maybe"
	for name, body := range map[string]any{"another decision": odd, "no decision": map[string]any{}, "no object": "admit"} {
		s := newContractServer(t)
		s.HandleFunc("POST /v1/gate/scans", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Broken", "1")
			reply(w, 200, body)
		})
		if d, err := newGate(s).Scan(t.Context(), "x", wire.DirectionIn, 0); err == nil {
			t.Errorf("%s: took %+v", name, d)
		}
	}
}

func TestGateOutcome(t *testing.T) {
	t.Parallel()
	s := newContractServer(t)
	s.HandleFunc("POST /v1/gate/passages/{id}/outcome", func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, wire.PassageOutcome{PassageId: r.PathValue("id"), Outcome: wire.PassageState(read[wire.OutcomeRequest](t, r).Outcome)})
	})
	o, err := newGate(s).Outcome(t.Context(), passageID, wire.OutcomeRequestOutcomePassed)
	if err != nil || o.PassageId != passageID || o.Outcome != wire.PassageStatePassed {
		t.Errorf("%+v, %v", o, err)
	}
}

func offlinePassages(n int) []wire.OfflinePassage {
	all, shown := make([]wire.OfflinePassage, n), "x"
	for i := range all {
		all[i] = wire.OfflinePassage{ScanId: fmt.Sprintf("offline-%05d", i), Code: &shown, Direction: wire.DirectionIn, ScannedAt: instant.Time{Time: atNoon},
			Decision: wire.Refuse, Reason: "unknown_code", RuleVersion: 1, BundleVersion: "v1", Outcome: wire.PassageStateDecided}
	}
	return all
}

func TestGateUploadsInPortions(t *testing.T) {
	t.Parallel()
	s := newContractServer(t)
	var sizes []int
	s.HandleFunc("POST /v1/gate/passages/batch", func(w http.ResponseWriter, r *http.Request) {
		batch := read[wire.PassageBatch](t, r)
		if sizes = append(sizes, len(batch.Passages)); len(sizes) == 2 {
			problem(w, 503, "unavailable")
			return
		}
		results := []wire.PassageItemResult{}
		for _, raw := range batch.Passages {
			var item wire.OfflinePassage
			if err := json.Unmarshal(*raw, &item); err != nil {
				t.Error(err)
			}
			results = append(results, wire.PassageItemResult{ScanId: item.ScanId, Status: "stored", PassageId: &passageID})
		}
		reply(w, 200, wire.PassageBatchResult{Results: results})
	})
	g := newGate(s)
	results, err := g.Upload(t.Context(), offlinePassages(2300))
	if err != nil || len(results) != 2300 || results[2299].ScanId != "offline-02299" || !slices.Equal(sizes, []int{1000, 1000, 1000, 300}) {
		t.Fatalf("%d results of %v, %v", len(results), sizes, err)
	}
	if results, err := g.Upload(t.Context(), nil); err != nil || len(results) != 0 || len(sizes) != 4 {
		t.Errorf("nothing to upload: %v, %v", results, err)
	}
}

func TestGateKnowsWhatWasAnswered(t *testing.T) {
	t.Parallel()
	for name, results := range map[string][]wire.PassageItemResult{
		"one is missing": {{ScanId: "offline-00000", Status: "stored"}},
		"another order":  {{ScanId: "offline-00001", Status: "stored"}, {ScanId: "offline-00000", Status: "stored"}},
	} {
		s := newContractServer(t)
		s.HandleFunc("POST /v1/gate/passages/batch", func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, wire.PassageBatchResult{Results: results})
		})
		got, err := newGate(s).Upload(t.Context(), offlinePassages(2))
		if err == nil || !strings.Contains(err.Error(), "in order") || len(got) != 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
