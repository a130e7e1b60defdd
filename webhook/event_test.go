package webhook_test

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

func TestEncodeIsCloudEventsJSON(t *testing.T) {
	t.Parallel()
	const want = `{"specversion":"1.0","id":"01KAP0000000000000000PASS1","source":"/communities/c1",` +
		`"type":"cn.communitypass.passage.recorded","subject":"p1","time":"2026-11-22T08:30:00.125Z",` +
		`"sequence":"0000000000000000042","datacontenttype":"application/json",` +
		`"data":{"gate":"东门","decision":"admit"}}`
	if got := string(passage().Encode()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEncodeLeavesOutWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	e := webhook.Event{ID: "e1", Type: "cn.communitypass.device.status", Source: "/communities/c1", Time: at}
	var attributes map[string]any
	if err := json.Unmarshal(e.Encode(), &attributes); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"subject", "sequence", "data", "datacontenttype"} {
		if _, found := attributes[name]; found {
			t.Errorf("%s is present", name)
		}
	}
	if len(attributes) != 5 {
		t.Errorf("attributes %v", attributes)
	}
}

func TestEncodeIsTheSameForTheSameInstant(t *testing.T) {
	t.Parallel()
	here, beijing := passage(), passage()
	beijing.Time = at.In(time.FixedZone("CST", 8*3600))
	if !bytes.Equal(here.Encode(), beijing.Encode()) {
		t.Error("the zone of the instant changed the bytes")
	}
	if appended := here.AppendTo([]byte("x")); string(appended) != "x"+string(here.Encode()) {
		t.Error("AppendTo and Encode differ")
	}
}

func TestEncodeEscapesAttributes(t *testing.T) {
	t.Parallel()
	e := passage()
	e.Subject = "a\"b\\c\n\x00\xff东"
	var attributes struct{ Subject, ID string }
	if err := json.Unmarshal(e.Encode(), &attributes); err != nil {
		t.Fatal(err)
	}
	if attributes.Subject != "a\"b\\c\n\x00\ufffd东" || attributes.ID != e.ID {
		t.Errorf("read back %q", attributes)
	}
}

func TestSequenceSortsAsText(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, n := range []int64{1, 2, 9, 10, 11, 99, 100, 1 << 31, math.MaxInt64} {
		e := passage()
		e.Sequence = n
		var attributes struct{ Sequence string }
		if err := json.Unmarshal(e.Encode(), &attributes); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, attributes.Sequence)
	}
	if !slices.IsSorted(texts) {
		t.Errorf("not in order: %v", texts)
	}
}

func TestSendRefusesWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(204))
	s := newSender(t, demo(), model.FrozenClock(at))
	for name, spoil := range map[string]func(*webhook.Event){
		"no id":              func(e *webhook.Event) { e.ID = "" },
		"full stop in id":    func(e *webhook.Event) { e.ID = "a.1" },
		"space in id":        func(e *webhook.Event) { e.ID = "a b" },
		"line break in id":   func(e *webhook.Event) { e.ID = "a\r\nx: y" },
		"id not ASCII":       func(e *webhook.Event) { e.ID = "事件" },
		"id too long":        func(e *webhook.Event) { e.ID = strings.Repeat("a", 129) },
		"no type":            func(e *webhook.Event) { e.Type = "" },
		"no source":          func(e *webhook.Event) { e.Source = "" },
		"no time":            func(e *webhook.Event) { e.Time = time.Time{} },
		"negative sequence":  func(e *webhook.Event) { e.Sequence = -1 },
		"data not JSON":      func(e *webhook.Event) { e.Data = json.RawMessage(`{"a":`) },
		"two values":         func(e *webhook.Event) { e.Data = json.RawMessage(`{} {}`) },
		"data breaks out":    func(e *webhook.Event) { e.Data = json.RawMessage(`1,"type":"other"`) },
		"data twice a name":  func(e *webhook.Event) { e.Data = json.RawMessage(`{"a":1,"a":2}`) },
		"data not UTF-8":     func(e *webhook.Event) { e.Data = json.RawMessage("\"\xff\"") },
		"data only of space": func(e *webhook.Event) { e.Data = json.RawMessage(" ") },
	} {
		e := passage()
		spoil(&e)
		if got := s.Send(bg(), to(r.URL), e); got.Class != webhook.Permanent || got.Detail != "event_invalid" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	wantOutcome(t, s.Send(bg(), to(r.URL), passage()), webhook.Delivered, "")
	if n := len(r.requests()); n != 1 {
		t.Errorf("%d requests, want the valid one only", n)
	}
}
