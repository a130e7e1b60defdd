package handler

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestALineOfTheLedgerIsShownWhole(t *testing.T) {
	t.Parallel()
	row := model.Shared{ID: "i", At: 1_000, RecipientID: "r", RecipientKind: "city", RecipientName: "某平台", EventID: "e",
		EventType: model.EventVisitChanged, Subject: "v", PersonID: "p", Fields: "visit_id,state", PolicyVersion: 3, Purpose: "why", Agreement: "A-1", SM3: "ab"}
	got := shared(row)
	if got.Id != "i" || got.At.UnixMilli() != 1_000 || got.RecipientId != "r" || got.RecipientKind != "city" || got.RecipientName != "某平台" ||
		got.EventId != "e" || got.EventType != model.EventVisitChanged || len(got.Fields) != 2 || got.Fields[1] != "state" ||
		got.PolicyVersion != 3 || got.Purpose != "why" || got.Agreement != "A-1" || got.Sm3 != "ab" {
		t.Errorf("%+v", got)
	}
	own := ownShared(service.OwnShared{Shared: row, CommunityName: "某小区"})
	if own.Id != "i" || own.At.UnixMilli() != 1_000 || *own.CommunityName != "某小区" || own.RecipientName != "某平台" || len(own.Fields) != 2 || own.Purpose != "why" {
		t.Errorf("%+v", own)
	}
	if row.Fields = ""; len(shared(row).Fields) != 0 || shared(row).Fields == nil {
		t.Errorf("no field is an empty list: %#v", shared(row).Fields)
	}
}
