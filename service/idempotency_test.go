package service_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

var answered = model.Answer{Status: 201, ContentType: "application/json", Body: []byte(`{"totp_secret":"JBSWY3DP"}`)}

// claim claims and says what came of it: "run", the status of an answer, or a code.
func claim(t *testing.T, s *service.Idempotency, caller, key, request string) (model.IdempotencyKey, string) {
	t.Helper()
	k, answer, err := s.Claim(t.Context(), caller, key, []byte(request))
	switch {
	case err != nil:
		return k, string(model.CodeOf(err))
	case answer != nil:
		return k, string(answer.Body)
	}
	return k, "run"
}

func TestAKeyGivesItsFirstAnswerAgain(t *testing.T) {
	h := testkit.NewHouse(t)
	s := service.NewIdempotency(h.Deps)
	expect := func(step, caller, key, request, want string) model.IdempotencyKey {
		t.Helper()
		k, got := claim(t, s, caller, key, request)
		if got != want {
			t.Fatalf("%s: %s, want %s", step, got, want)
		}
		return k
	}
	running, reused := string(model.CodeIdempotencyRunning), string(model.CodeIdempotencyMismatch)
	first := expect("the first", "ACC-A", "key-00001", "a", "run")
	expect("while it runs", "ACC-A", "key-00001", "a", running)
	expect("another body while it runs", "ACC-A", "key-00001", "b", reused)
	expect("another caller", "ACC-B", "key-00001", "a", "run")
	expect("another key", "ACC-A", "key-00002", "a", "run")
	if err := s.Keep(t.Context(), first, answered); err != nil {
		t.Fatal(err)
	}
	expect("again", "ACC-A", "key-00001", "a", string(answered.Body))
	_, again, err := s.Claim(t.Context(), "ACC-A", "key-00001", []byte("a"))
	if err != nil || again.Status != 201 || again.ContentType != "application/json" {
		t.Fatalf("%+v, %v", again, err)
	}
	expect("another body", "ACC-A", "key-00001", "b", reused)
	h.Clock.Advance(23 * time.Hour)
	expect("after 23 hours", "ACC-A", "key-00001", "a", string(answered.Body))
	h.Clock.Advance(2 * time.Hour)
	expect("another body after 25 hours", "ACC-A", "key-00001", "b", "run")
	expect("the first body after that", "ACC-A", "key-00001", "a", reused)
}

func TestAReleasedKeyRunsAgain(t *testing.T) {
	s := service.NewIdempotency(testkit.NewHouse(t).Deps)
	first, _ := claim(t, s, "ACC-A", "key-00001", "a")
	if err := s.Release(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, got := claim(t, s, "ACC-A", "key-00001", "b"); got != "run" {
		t.Fatal(got)
	}
}

func TestAStaleClaimIsTakenOverAndItsHolderIsTooLate(t *testing.T) {
	h := testkit.NewHouse(t)
	s := service.NewIdempotency(h.Deps)
	dead, _ := claim(t, s, "ACC-A", "key-00001", "a")
	h.Clock.Advance(60 * time.Second)
	if _, got := claim(t, s, "ACC-A", "key-00001", "a"); got != string(model.CodeIdempotencyRunning) {
		t.Fatalf("after a minute to the millisecond: %s", got)
	}
	h.Clock.Advance(time.Millisecond)
	heir, got := claim(t, s, "ACC-A", "key-00001", "a")
	if got != "run" {
		t.Fatalf("after more than a minute: %s", got)
	}
	if err := s.Keep(t.Context(), dead, model.Answer{Status: 200, ContentType: "text/plain", Body: []byte("late")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(t.Context(), dead); err != nil {
		t.Fatal(err)
	}
	if _, got := claim(t, s, "ACC-A", "key-00001", "a"); got != string(model.CodeIdempotencyRunning) {
		t.Fatalf("the dead holder undid its heir's claim: %s", got)
	}
	if err := s.Keep(t.Context(), heir, answered); err != nil {
		t.Fatal(err)
	}
	if _, got := claim(t, s, "ACC-A", "key-00001", "a"); got != string(answered.Body) {
		t.Fatal(got)
	}
}

func TestOneOfManyRunsTheRequest(t *testing.T) {
	h := testkit.NewHouse(t)
	s := service.NewIdempotency(h.Deps)
	race := func(step string) {
		t.Helper()
		var ran, refused atomic.Int64
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_, answer, err := s.Claim(t.Context(), "ACC-A", "key-00001", []byte("a"))
				switch {
				case err == nil && answer == nil:
					ran.Add(1)
				case model.CodeOf(err) == model.CodeIdempotencyRunning:
					refused.Add(1)
				default:
					t.Errorf("%s: %+v, %v", step, answer, err)
				}
			})
		}
		all.Wait()
		if ran.Load() != 1 || refused.Load() != 9 {
			t.Fatalf("%s: %d ran, %d were refused", step, ran.Load(), refused.Load())
		}
	}
	race("a new key")
	h.Clock.Advance(2 * time.Minute)
	race("a stale claim")
	h.Clock.Advance(25 * time.Hour)
	race("an ended key")
}

func TestAnswersAreSealedAndBoundToTheirKey(t *testing.T) {
	h := testkit.NewHouse(t)
	s := service.NewIdempotency(h.Deps)
	for _, key := range []string{"key-00001", "key-00002"} {
		k, _ := claim(t, s, "ACC-A", key, "a")
		if err := s.Keep(t.Context(), k, answered); err != nil {
			t.Fatal(err)
		}
	}
	db := h.Probe(t)
	var sealed []byte
	if err := db.QueryRow("SELECT answer_ct FROM idempotency_keys WHERE key_hash = ?", gm.HashToken("key-00001")).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(sealed), "JBSWY3DP") {
		t.Fatal("a secret lies in the table in clear")
	}
	if _, err := db.Exec("UPDATE idempotency_keys SET answer_ct = ? WHERE key_hash = ?", sealed, gm.HashToken("key-00002")); err != nil {
		t.Fatal(err)
	}
	if _, got := claim(t, s, "ACC-A", "key-00002", "a"); got != string(model.CodeInternal) {
		t.Fatalf("another key's answer was given: %s", got)
	}
}
