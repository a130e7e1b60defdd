package service_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// BenchmarkBundleSince is the answer to a gate that lacks 10 withdrawn passes of
// 100,010: its time, and its bytes beside those of the whole.
func BenchmarkBundleSince(b *testing.B) {
	g := testkit.NewGatehouse(b)
	reader := g.Reader(b, g.Garden.Entrance)
	now := model.Millis(g.Clock.Now())
	withdrawn := func(n int) {
		g.Update(b, func(tx *store.Tx) error {
			for range n {
				err := tx.CreatePass(model.Pass{ID: g.ID(), Number: model.NewPassNumber(), CommunityID: g.Garden.ID, PersonID: g.ID(), Kind: "resident",
					AccessGroup: 1, State: model.PassWithdrawn, CreatedAt: now, WithdrawnAt: now})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	withdrawn(100_000)
	before, err := g.Gates.Bundle(b.Context(), reader)
	if err != nil {
		b.Fatal(err)
	}
	withdrawn(10)
	var signed service.SignedBundle
	var delta *service.BundleDelta
	for b.Loop() {
		if signed, delta, err = g.Gates.BundleSince(b.Context(), reader, before.Version); err != nil || delta == nil {
			b.Fatal(delta, err)
		}
	}
	text, err := json.Marshal(delta)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(base64.StdEncoding.EncodedLen(len(signed.Payload))), "whole-bytes")
	b.ReportMetric(float64(len(text)+base64.StdEncoding.EncodedLen(len(signed.Signature))), "delta-bytes")
}
