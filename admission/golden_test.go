package admission_test

import (
	"os"
	"slices"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/admission/golden"
)

func readGolden(t testing.TB) *golden.File {
	t.Helper()
	r, err := os.Open("testdata/decisions.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	file, err := golden.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestGoldenDecisions(t *testing.T) {
	t.Parallel()
	file := readGolden(t)
	if len(file.Cases) < 60 {
		t.Fatalf("only %d cases were read", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			d, err := file.Decide(&c.Scene)
			if err != nil {
				t.Fatal(err)
			}
			got := golden.Expect{Outcome: d.Outcome, Reason: d.Reason, SkewSeconds: d.SkewSeconds}
			if got != c.Expect {
				t.Errorf("decided %+v, want %+v", got, c.Expect)
			}
			checkShape(t, &c.Scene, d)
		})
	}
}

// checkShape holds what is true of every decision.
func checkShape(t *testing.T, scene *golden.Scene, d admission.Decision) {
	t.Helper()
	if d.RuleVersion != scene.Rules.Version {
		t.Errorf("rule version %d, want %d", d.RuleVersion, scene.Rules.Version)
	}
	if d.JudgedAt.IsZero() {
		t.Error("the decision does not say when it was judged")
	}
	if !slices.Contains(d.Reason.Outcomes(), d.Outcome) {
		t.Errorf("%s is not an outcome of %s", d.Outcome, d.Reason)
	}
	if d.Genuine != (d.Use != admission.UseKey{}) || d.Genuine != (d.Quota != admission.QuotaKey{}) {
		t.Errorf("genuine %v with use %+v and quota %+v", d.Genuine, d.Use, d.Quota)
	}
	if d.Outcome == admission.Admit && !d.Genuine {
		t.Error("admitted a pass that is not beyond doubt")
	}
}

// TestGoldenReachesEveryReason also holds that every outcome a reason can have
// stands in the file, but for manual, which no check leads to.
func TestGoldenReachesEveryReason(t *testing.T) {
	t.Parallel()
	seen := map[golden.Expect]bool{}
	for _, c := range readGolden(t).Cases {
		seen[golden.Expect{Outcome: c.Expect.Outcome, Reason: c.Expect.Reason}] = true
	}
	for _, reason := range admission.Reasons() {
		for _, outcome := range reason.Outcomes() {
			if reason != admission.ReasonManual && !seen[golden.Expect{Outcome: outcome, Reason: reason}] {
				t.Errorf("no golden decision is %s with %s", reason, outcome)
			}
		}
	}
}

// TestGoldenOnlineOnly holds that those cases turn on something that happened
// elsewhere, or on a pass that does not exist, and that no other case does.
func TestGoldenOnlineOnly(t *testing.T) {
	t.Parallel()
	for _, c := range readGolden(t).Cases {
		s := &c.Scene
		elsewhere := s.Missing
		for _, u := range s.Spent {
			elsewhere = elsewhere || u.Gate != s.Gate.ID && u.Perimeter == s.Gate.Perimeter
		}
		for _, a := range s.Admitted {
			elsewhere = elsewhere || a.Gate != s.Gate.ID && a.Perimeter == s.Gate.Perimeter
		}
		for _, e := range s.Inside {
			elsewhere = elsewhere || e.Gate != s.Gate.ID && e.Perimeter == s.Gate.Perimeter
		}
		if elsewhere != c.OnlineOnly {
			t.Errorf("%s: online_only is %v", c.Name, c.OnlineOnly)
		}
	}
}
