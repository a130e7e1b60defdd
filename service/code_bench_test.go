package service_test

import (
	"crypto/rand"
	"testing"
	"time"

	"communitypass.cn/communitypass/passcode"

	"github.com/emmansun/gmsm/sm2"
)

// The goals are ratios within one run: IssueFresh to RawSign at most 1.1, and
// IssueKept far below both.

func BenchmarkRawSign(b *testing.B) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := make([]byte, 32)
	for b.Loop() {
		if _, err := sm2.SignASN1(rand.Reader, key, digest, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssueFresh(b *testing.B) { benchmarkIssue(b, passcode.StepSeconds*time.Second) }

func BenchmarkIssueKept(b *testing.B) { benchmarkIssue(b, 0) }

func benchmarkIssue(b *testing.B, step time.Duration) {
	e := newEstate(b)
	who, pass := e.holder(b)
	b.ReportAllocs()
	for b.Loop() {
		e.Clock.Advance(step)
		if issued, err := e.codes.Issue(b.Context(), who, pass.ID, 1); err != nil || len(issued.Codes) != 1 {
			b.Fatal(err)
		}
	}
}
