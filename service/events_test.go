package service

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"

	"pgregory.net/rapid"
)

var eventTime = time.Date(2026, time.November, 22, 4, 0, 0, 125e6, time.UTC)

func eventDeps(log *bytes.Buffer) *Deps {
	return &Deps{Clock: model.FrozenClock(eventTime), Log: slog.New(slog.NewTextHandler(log, nil))}
}

func told(r model.Recipient) *CommunityView {
	r.ID, r.CommunityID = "r1", "c1"
	return &CommunityView{Community: model.Community{ID: "c1"}, Recipients: []RecipientView{viewRecipient(r)}}
}

func TestEventsAreCutToThePolicy(t *testing.T) {
	t.Parallel()
	data := map[string]any{"device_id": "d1", "gate_id": "g1", "state": "revoked", "changed_at": model.FromMillis(1_763_784_000_125), "serial": "secret"}
	const all = `{"changed_at":"2025-11-22T04:00:00.125Z","device_id":"d1","gate_id":"g1","state":"revoked"}`
	for name, c := range map[string]struct {
		types  []string
		policy map[string][]string
		want   string
	}{
		"the default when the policy is older than the type": {[]string{model.EventDeviceStatus}, nil, all},
		"chosen fields, in the order of their names":         {[]string{model.EventDeviceStatus}, map[string][]string{model.EventDeviceStatus: {"state", "device_id"}}, `{"device_id":"d1","state":"revoked"}`},
		"nothing":                               {[]string{model.EventDeviceStatus}, map[string][]string{model.EventDeviceStatus: {}}, `{}`},
		"never what the registry does not know": {[]string{model.EventDeviceStatus}, map[string][]string{model.EventDeviceStatus: {"serial", "state", "state"}}, `{"state":"revoked"}`},
		"a type that is not wanted":             {[]string{model.EventPassageRecorded}, nil, ""},
	} {
		var log bytes.Buffer
		got := eventDeps(&log).events(told(model.Recipient{EventTypes: c.types, FieldPolicy: c.policy}), model.EventDeviceStatus, "d1", 42, data)
		if c.want == "" {
			if len(got) != 0 {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Body != c.want {
			t.Errorf("%s: got %+v, want the body %s", name, got, c.want)
			continue
		}
		d := got[0]
		if len(d.ID) != 26 || d.RecipientID != "r1" || d.CommunityID != "c1" || d.Type != model.EventDeviceStatus || d.Subject != "d1" || d.OccurredAt != 42 {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestEachRecipientGetsItsOwnEvent(t *testing.T) {
	t.Parallel()
	c := told(model.Recipient{EventTypes: []string{model.EventDeviceStatus}})
	second := model.Recipient{ID: "r2", CommunityID: "c1", EventTypes: []string{model.EventDeviceStatus},
		FieldPolicy: map[string][]string{model.EventDeviceStatus: {"state"}}}
	c.Recipients = append(c.Recipients, viewRecipient(second))
	got := eventDeps(new(bytes.Buffer)).events(c, model.EventDeviceStatus, "d1", 42, map[string]any{"state": "active", "gate_id": "g1"})
	if len(got) != 2 || got[0].ID == got[1].ID || got[0].Body != `{"gate_id":"g1","state":"active"}` || got[1].Body != `{"state":"active"}` {
		t.Fatalf("%+v", got)
	}
}

func TestAValueThatIsNoJSONIsLeftOutAndLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	got := eventDeps(&log).events(told(model.Recipient{EventTypes: []string{model.EventDeviceStatus}}), model.EventDeviceStatus, "d1", 42,
		map[string]any{"state": make(chan int), "gate_id": "g\xff<东>", "device_id": nil})
	if len(got) != 1 || got[0].Body != "{\"gate_id\":\"g\ufffd<东>\"}" {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(log.String(), "field=state") {
		t.Errorf("not logged: %s", log.String())
	}
}

func anyFields() *rapid.Generator[[]string] {
	known := []string{"name", "phone", "id_last4", "serial"}
	for _, f := range model.EventFields {
		known = append(append(known, f.Default...), f.Optional...)
	}
	return rapid.SliceOf(rapid.SampledFrom(known))
}

func anyValue() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.String().AsAny(), rapid.Bool().AsAny(), rapid.Int().AsAny(), rapid.Int64().AsAny(), rapid.Float64Range(-1e6, 1e6).AsAny(),
		rapid.SliceOf(rapid.String()).AsAny(), rapid.Just(any(eventTime)), rapid.Uint32().AsAny())
}

// TestNothingLeavesButThePolicy is rule 13: for every policy and all data, what is
// sent holds nothing but chosen and known fields, and all of those that data has.
func TestNothingLeavesButThePolicy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		eventType := rapid.SampledFrom(slices.Sorted(maps.Keys(model.EventFields))).Draw(t, "type")
		known := model.EventFields[eventType]
		chosen := anyFields().Draw(t, "chosen")
		fields := map[string]any{}
		for _, n := range anyFields().Draw(t, "data") {
			fields[n] = anyValue().Draw(t, n)
		}
		got := eventDeps(new(bytes.Buffer)).events(told(model.Recipient{EventTypes: []string{eventType}, FieldPolicy: map[string][]string{eventType: chosen}}),
			eventType, "s", 1, fields)
		var sent map[string]json.RawMessage
		if len(got) != 1 || json.Unmarshal([]byte(got[0].Body), &sent) != nil {
			t.Fatalf("not one event with an object: %+v", got)
		}
		for n := range sent {
			if !slices.Contains(chosen, n) || !slices.Contains(slices.Concat(known.Default, known.Optional), n) {
				t.Errorf("%s left", n)
			}
		}
		for n := range fields {
			if slices.Contains(chosen, n) && slices.Contains(slices.Concat(known.Default, known.Optional), n) && sent[n] == nil {
				t.Errorf("%s is missing", n)
			}
		}
	})
}

func anyPassage(t *rapid.T) *model.Passage {
	text := rapid.OneOf(rapid.Just(""), rapid.StringN(0, 12, -1), rapid.SampledFrom([]string{"in", "out", "admit", "ok", "<&>\u2028\"\\"}))
	return &model.Passage{ID: text.Draw(t, "id"), GateID: text.Draw(t, "gate"), DeviceID: text.Draw(t, "device"), Kind: text.Draw(t, "kind"),
		Direction: text.Draw(t, "direction"), Decision: text.Draw(t, "decision"), Reason: text.Draw(t, "reason"), Online: rapid.Bool().Draw(t, "online"),
		RuleVersion: rapid.Int64().Draw(t, "rules"),
		SkewSeconds: rapid.IntRange(-2, 2).Draw(t, "skew"), ScannedAt: rapid.Int64Range(0, 4e12).Draw(t, "scanned"),
		ReceivedAt: rapid.Int64Range(0, 4e12).Draw(t, "received")}
}

// slowPassage is the data of a passage event as the general form takes it.
func slowPassage(p *model.Passage, personID, building string) map[string]any {
	data := map[string]any{"online": p.Online, "rule_version": p.RuleVersion,
		"scanned_at": model.FromMillis(p.ScannedAt), "received_at": model.FromMillis(p.ReceivedAt)}
	for name, text := range map[string]string{"passage_id": p.ID, "gate_id": p.GateID, "device_id": p.DeviceID, "kind": p.Kind,
		"direction": p.Direction, "decision": p.Decision, "reason": p.Reason, "person_id": personID, "building": building} {
		if text != "" {
			data[name] = text
		}
	}
	if p.SkewSeconds != 0 {
		data["skew_seconds"] = p.SkewSeconds
	}
	return data
}

func TestTheQuickFormOfAPassageEqualsTheGeneralOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, person, building := anyPassage(t), rapid.String().Draw(t, "person"), rapid.String().Draw(t, "building")
		c := told(model.Recipient{EventTypes: []string{model.EventPassageRecorded},
			FieldPolicy: map[string][]string{model.EventPassageRecorded: anyFields().Draw(t, "chosen")}})
		d := eventDeps(new(bytes.Buffer))
		quick := d.passageEvents(c, p, person, building)
		slow := d.events(c, model.EventPassageRecorded, p.ID, p.ReceivedAt, slowPassage(p, person, building))
		if len(quick) != 1 || len(slow) != 1 {
			t.Fatalf("%d and %d events", len(quick), len(slow))
		}
		quick[0].ID, slow[0].ID = "", ""
		if quick[0] != slow[0] {
			t.Fatalf("\nquick %+v\nslow  %+v", quick[0], slow[0])
		}
	})
}

func TestThePassageFieldsAreThoseOfTheRegistry(t *testing.T) {
	t.Parallel()
	known := model.EventFields[model.EventPassageRecorded]
	want := slices.Sorted(slices.Values(slices.Concat(known.Default, known.Optional)))
	if !slices.Equal(passageFieldNames[:], want) {
		t.Errorf("got %v, want %v", passageFieldNames, want)
	}
}

func TestNoRecipientNoPassageEvent(t *testing.T) {
	t.Parallel()
	c := told(model.Recipient{EventTypes: []string{model.EventDeviceStatus}})
	if got := eventDeps(new(bytes.Buffer)).passageEvents(c, &model.Passage{}, "", ""); got != nil {
		t.Errorf("%+v", got)
	}
}

func TestCutHoldsANarrowerPolicy(t *testing.T) {
	t.Parallel()
	v := viewRecipient(model.Recipient{EventTypes: []string{model.EventPassageRecorded},
		FieldPolicy: map[string][]string{model.EventPassageRecorded: {"decision", "gate_id", "building"}}})
	for _, c := range []struct{ eventType, body, want string }{
		{model.EventPassageRecorded, `{"decision":"admit","gate_id":"g1"}`, `{"decision":"admit","gate_id":"g1"}`},
		{model.EventPassageRecorded, `{"building":"a\"},{","decision":"admit","person_id":"p1"}`, `{"building":"a\"},{","decision":"admit"}`},
		{model.EventPassageRecorded, `{"person_id":"p1"}`, `{}`},
		{model.EventPassageRecorded, `{"person_id":{"decision":"x"},"gate_id":["a","b"]}`, `{"gate_id":["a","b"]}`},
		{model.EventDeviceStatus, `{"decision":"admit"}`, `{}`},
		{model.EventPassageRecorded, `{}`, `{}`},
	} {
		if got, err := v.cut(c.eventType, c.body); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.body, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "{", `{"decision":`, `["decision"]`} {
		if got, err := v.cut(model.EventPassageRecorded, bad); err == nil {
			t.Errorf("%q passed as %s", bad, got)
		}
	}
}

func BenchmarkPassageEvents(b *testing.B) {
	c := told(model.Recipient{EventTypes: []string{model.EventPassageRecorded}})
	d := eventDeps(new(bytes.Buffer))
	p := &model.Passage{ID: "01KAP0000000000000000PASS1", GateID: "01KAP0000000000000000GATE1", Direction: "in", Decision: "admit",
		Reason: "ok", Kind: "resident", ScannedAt: 1_763_784_000_125, ReceivedAt: 1_763_784_000_225, Online: true}
	b.Run("quick", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.passageEvents(c, p, "01KAP0000000000000000PERSN", "1")
		}
	})
	b.Run("general", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.events(c, model.EventPassageRecorded, p.ID, p.ReceivedAt, slowPassage(p, "01KAP0000000000000000PERSN", "1"))
		}
	})
	b.Run("cut", func(b *testing.B) {
		body := d.passageEvents(c, p, "", "")[0].Body
		b.ReportAllocs()
		for b.Loop() {
			_, _ = c.Recipients[0].cut(model.EventPassageRecorded, body)
		}
	})
}
