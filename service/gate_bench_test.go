package service_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// BenchmarkScan decides and records with 64 callers at once; each code is new.
func BenchmarkScan(b *testing.B) {
	g := testkit.NewGatehouse(b)
	reader := g.Reader(b, g.Garden.Entrance)
	person := g.Person(b, "张三", "13800000001")
	codes := make([]string, b.N)
	for i := range codes {
		pass := g.Pass(b, g.Garden, person)
		codes[i] = g.Code(b, pass, g.Clock.Now())
		if _, err := g.Directory.Pass(context.Background(), pass.Number); err != nil {
			b.Fatal(err)
		}
	}
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := next.Add(1) - 1
			a, err := g.Gates.Scan(context.Background(), reader, service.Scan{ScanID: fmt.Sprintf("scan-%08d", n), Code: codes[n], Direction: admission.In, ScannedAt: g.Clock.Now()})
			if err != nil || a.Passage.Reason != "ok" {
				b.Error(a.Passage.Reason, err)
			}
		}
	})
}
