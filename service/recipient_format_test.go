package service_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/outbound/hc"
	"communitypass.cn/communitypass/outbound/viid"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/webhook"

	"pgregory.net/rapid"
)

const viidCode = "32050500001320000007"

// formatted is a recipient of a format.
func formatted(p *post, kind, format string) service.RecipientInput {
	in := propertySystem(p.Garden)
	in.Kind, in.Format = kind, format
	if model.RecipientFormats[format].OwnSecret {
		in.Secret = "theirs-1"
	}
	if model.RecipientFormats[format].Login {
		in.Account, in.DeviceCode = "gate", viidCode
	}
	return in
}

func TestWhichKindSpeaksWhichFormat(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	for _, kind := range []string{model.RecipientProperty, model.RecipientCity, model.RecipientParking, model.RecipientAlarm, "police", ""} {
		for format, f := range model.RecipientFormats {
			shown, secret, err := p.Recipients.Create(t.Context(), p.Manager(p.Garden), formatted(p, kind, format))
			if !slices.Contains(f.Kinds, kind) {
				if model.CodeOf(err) != model.CodeInvalid {
					t.Errorf("%s by %s: %v", kind, format, err)
				}
				continue
			}
			if err != nil || (secret == "") != f.OwnSecret || shown.Secret != "" {
				t.Fatalf("%s by %s: %q, %v", kind, format, secret, err)
			}
			to, err := p.Store.View(t.Context()).RecipientForSending(shown.ID)
			if err != nil || to.Format != format || to.Kind != kind || f.OwnSecret && to.Secret != "theirs-1" || f.Login && to.DeviceCode != viidCode {
				t.Errorf("%s by %s is stored as %+v, %v", kind, format, to, err)
			}
			for _, one := range to.EventTypes {
				if !f.Says(one) {
					t.Errorf("%s is to be told of %s", format, one)
				}
			}
		}
	}
}

func TestWhatBelongsToAFormatIsAskedFor(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	for name, c := range map[string]struct {
		kind, format, field string
		spoil               func(*service.RecipientInput)
	}{
		"hc without a secret":        {model.RecipientProperty, model.FormatHC, "/secret", func(in *service.RecipientInput) { in.Secret = "" }},
		"a short secret":             {model.RecipientProperty, model.FormatHC, "/secret", func(in *service.RecipientInput) { in.Secret = "12345" }},
		"hc with an account":         {model.RecipientProperty, model.FormatHC, "/account", func(in *service.RecipientInput) { in.Account = "a" }},
		"hc with sm2":                {model.RecipientProperty, model.FormatHC, "/sm2", func(in *service.RecipientInput) { in.SM2 = true }},
		"hc with vehicles":           {model.RecipientProperty, model.FormatHC, "/event_types/0", func(in *service.RecipientInput) { in.EventTypes = []string{model.EventVehiclePassed} }},
		"viid without an account":    {model.RecipientCity, model.FormatVIID, "/account", func(in *service.RecipientInput) { in.Account = "" }},
		"an account that breaks out": {model.RecipientCity, model.FormatVIID, "/account", func(in *service.RecipientInput) { in.Account = `a",x="` }},
		"viid without a code":        {model.RecipientCity, model.FormatVIID, "/device_code", func(in *service.RecipientInput) { in.DeviceCode = "" }},
		"a code of 19 digits":        {model.RecipientCity, model.FormatVIID, "/device_code", func(in *service.RecipientInput) { in.DeviceCode = viidCode[1:] }},
		"cloudevents with a secret":  {model.RecipientCity, model.FormatCloudEvents, "/secret", func(in *service.RecipientInput) { in.Secret = "whsec_mine" }},
		"an unknown format":          {model.RecipientCity, "gb28181", "/format", func(*service.RecipientInput) {}},
	} {
		in := formatted(p, c.kind, c.format)
		c.spoil(&in)
		_, _, err := p.Recipients.Create(t.Context(), p.Manager(p.Garden), in)
		var e *model.Error
		if e, _ = err.(*model.Error); e == nil || e.Code != model.CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// leaving is all that a recipient would be sent of a delivery, in its format.
func leaving(to model.Recipient, d model.Delivery) string {
	switch to.Format {
	case model.FormatHC:
		body, _ := hc.Encode(d, to.Secret)
		return string(body)
	case model.FormatVIID:
		body, _ := viid.Encode(d, to.DeviceCode)
		return string(body)
	}
	return string(webhook.Event{ID: d.ID, Type: d.Type, Source: "/communities/" + d.CommunityID, Subject: d.Subject,
		Time: model.FromMillis(d.OccurredAt), Sequence: d.Sequence, Data: []byte(d.Body)}.Encode())
}

// spellings are the ways in which a value may stand in a format.
func spellings(value string) []string {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return []string{value}
	}
	local := at.In(time.FixedZone("", 8*3600))
	return []string{value, local.Format(time.DateTime), local.Format("20060102150405")}
}

// Whatever the policy, the type of event and the format: no field outside the policy
// leaves, and no person without consent to whoever is not the property company (rule 13).
func TestNoFieldOutsideThePolicyLeavesInAnyFormat(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	caller := p.Manager(p.Garden)
	all := map[string]service.RecipientShown{}
	for format, f := range model.RecipientFormats {
		for _, kind := range f.Kinds {
			shown, _, err := p.Recipients.Create(t.Context(), caller, formatted(p, kind, format))
			if err != nil {
				t.Fatal(err)
			}
			all[kind+" "+format] = shown
		}
	}
	names := slices.Sorted(maps.Keys(all))
	left := 0
	rapid.Check(t, func(rt *rapid.T) {
		r := all[rapid.SampledFrom(names).Draw(rt, "recipient")]
		eventType := rapid.SampledFrom(r.EventTypes).Draw(rt, "type")
		known := slices.Concat(model.EventFields[eventType].Default, model.EventFields[eventType].Optional)
		policy := rapid.SliceOfDistinct(rapid.SampledFrom(known), rapid.ID).Draw(rt, "policy")
		if _, err := p.Recipients.SetFieldPolicy(t.Context(), caller, r.ID, map[string][]string{eventType: policy}, nil); err != nil {
			rt.Fatal(err)
		}
		values := map[string]string{}
		for i, f := range known {
			// With its place among them no value stands within another's, as lift does in lift_group_id.
			values[f] = fmt.Sprintf("value-%d-%02d-of-%s", rapid.IntRange(10, 99).Draw(rt, "n"), i, f)
			if strings.HasSuffix(f, "_at") {
				values[f] = p.Clock.Now().Add(time.Duration(i+1) * -1234567 * time.Second).Format("2006-01-02T15:04:05.000Z")
			}
		}
		if _, ok := values["decision"]; ok {
			values["decision"] = "admit"
		}
		if eventType == model.EventDeviceStatus {
			values["state"] = "online"
		}
		body, _ := json.Marshal(values)
		d := model.Delivery{ID: p.ID(), RecipientID: r.ID, CommunityID: r.CommunityID, Type: eventType, Subject: "s",
			OccurredAt: model.Millis(p.Clock.Now()), Body: string(body)}
		if err := p.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.Emit([]model.Delivery{d}) }); err != nil {
			rt.Fatal(err)
		}
		if err := p.Forwarder.Pass(t.Context()); err != nil {
			rt.Fatal(err)
		}
		for _, s := range p.attempts() {
			wire := leaving(s.To, s.D)
			// A result of HC is of a task, and good or bad: without both there is none.
			mute := r.Format == model.FormatHC && eventType == model.EventCommandEnded && !(slices.Contains(policy, "task_id") && slices.Contains(policy, "state"))
			if mute != (wire == "") {
				rt.Fatalf("%s says of %s, with the fields %v: %q", r.Format, eventType, policy, wire)
			}
			for field, value := range values {
				allowed := slices.Contains(policy, field) && !slices.Contains(model.ConsentedFields(r.Kind), field)
				for _, spelling := range spellings(value) {
					switch stands := strings.Contains(wire, spelling); {
					case stands && !allowed:
						rt.Fatalf("%s to %s by %s: %s leaves: %s", eventType, r.Kind, r.Format, field, wire)
					case stands:
						left++
					}
				}
			}
		}
	})
	if left == 0 {
		t.Error("nothing ever left: the test sees nothing")
	}
}

func TestAPersonLeavesWithConsentOnly(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	caller := p.Manager(p.Garden)
	person := p.ID()
	policy := map[string][]string{model.EventPassageRecorded: {"person_id", "gate_id"}}
	seen := func(r service.RecipientShown) bool {
		d := model.Delivery{ID: p.ID(), RecipientID: r.ID, CommunityID: r.CommunityID, Type: model.EventPassageRecorded,
			OccurredAt: model.Millis(p.Clock.Now()), Body: `{"gate_id":"g","person_id":"` + person + `"}`}
		if err := p.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.Emit([]model.Delivery{d}) }); err != nil {
			t.Fatal(err)
		}
		p.pass(t)
		got := p.attempts()
		if len(got) != 1 || !strings.Contains(got[0].D.Body, `"gate_id":"g"`) {
			t.Fatalf("%+v", got)
		}
		return strings.Contains(got[0].D.Body, person)
	}
	var city, property service.RecipientShown
	for kind, to := range map[string]*service.RecipientShown{model.RecipientCity: &city, model.RecipientProperty: &property} {
		var err error
		if *to, _, err = p.Recipients.Create(t.Context(), caller, formatted(p, kind, model.FormatCloudEvents)); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Recipients.SetFieldPolicy(t.Context(), caller, to.ID, policy, nil); err != nil {
			t.Fatal(err)
		}
	}
	if seen(city) || !seen(property) {
		t.Error("without consent")
	}
	err := p.Store.Update(t.Context(), func(tx *store.Tx) error {
		return tx.CreateConsent(model.Consent{ID: p.ID(), PersonID: person, Purpose: model.ConsentSharing, TextVersion: "1", TextHash: []byte{1}, Channel: "paper", GivenAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	if !seen(city) {
		t.Error("with consent")
	}
	if err := p.Store.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.WithdrawConsent(person, model.ConsentSharing); return err }); err != nil {
		t.Fatal(err)
	}
	if seen(city) {
		t.Error("with a consent that was withdrawn")
	}
}
