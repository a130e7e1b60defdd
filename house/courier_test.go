package house_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
	"communitypass.cn/communitypass/webhook"
)

const (
	hcSecret   = "hc-secret-1"
	deviceCode = "32050500001320000007"
)

// outpost is a house, its real courier, and a recipient of each format behind a door
// that can be made to misbehave.
type outpost struct {
	*testkit.House
	recipients *service.Recipients
	deliveries *service.Deliveries
	forwarder  *service.Forwarder
	hc         *simulator.HC
	viid       *simulator.VIID
	events     *simulator.Property
	to         map[string]service.RecipientShown
	fault      atomic.Pointer[http.HandlerFunc]
}

func newOutpost(t *testing.T) *outpost {
	t.Helper()
	o := &outpost{House: testkit.NewHouse(t), hc: simulator.NewHC(hcSecret), to: map[string]service.RecipientShown{}}
	o.viid = simulator.NewVIID("gate", "viid-secret", o.Clock)
	o.events = simulator.NewProperty(simulator.PropertyOptions{Clock: o.Clock})
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	sender := webhook.NewSender(webhook.Options{AllowedPrefixes: loopback, AllowHTTP: true, Timeout: 300 * time.Millisecond}, o.Clock)
	t.Cleanup(sender.Close)
	courier := house.NewCourier(sender, o.Directory)
	o.forwarder = service.NewForwarder(o.Deps, courier)
	o.recipients = service.NewRecipients(o.Deps, courier, o.forwarder.Nudge)
	o.deliveries = service.NewDeliveries(o.Deps, service.KeepDelivered, o.forwarder.Nudge)
	for format, in := range map[string]service.RecipientInput{
		model.FormatCloudEvents: {Kind: model.RecipientAlarm, URL: o.open(t, o.events) + "/events"},
		model.FormatHC:          {Kind: model.RecipientProperty, URL: o.open(t, o.hc) + "/callbacks", Secret: hcSecret},
		model.FormatVIID:        {Kind: model.RecipientCity, URL: o.open(t, o.viid), Secret: "viid-secret", Account: "gate", DeviceCode: deviceCode},
	} {
		in.CommunityID, in.Format, in.Name, in.Purpose, in.Agreement = o.Garden.ID, format, "某系统", "对接", "协议-9"
		shown, secret, err := o.recipients.Create(t.Context(), o.Manager(o.Garden), in)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if format == model.FormatCloudEvents {
			if err := o.events.SetSecret(secret); err != nil {
				t.Fatal(err)
			}
		} else if secret != "" || shown.Secret != "" {
			t.Fatalf("%s: a secret that was given is shown", format)
		}
		o.to[format] = shown
	}
	return o
}

// open opens a simulated system behind the door.
func (o *outpost) open(t *testing.T, system http.Handler) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := o.fault.Load(); fault != nil {
			(*fault)(w, r)
			return
		}
		system.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// emit queues n events that a format has words for.
func (o *outpost) emit(t *testing.T, format string, n int) {
	t.Helper()
	kind, body := model.EventPassageRecorded, `{"decision":"admit","gate_id":"g1"}`
	if format == model.FormatVIID {
		kind, body = model.EventVehiclePassed, `{"gate_id":"g1","plate_masked":"苏E***12"}`
	}
	events := make([]model.Delivery, n)
	for i := range events {
		events[i] = model.Delivery{ID: o.ID(), RecipientID: o.to[format].ID, CommunityID: o.Garden.ID, Type: kind, Subject: "s",
			OccurredAt: model.Millis(o.Clock.Now()), Body: body}
	}
	if err := o.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.Emit(events) }); err != nil {
		t.Fatal(err)
	}
}

// arrived is how many different events a system has, and whether any came twice.
func (o *outpost) arrived(format string) (n int, twice bool) {
	switch format {
	case model.FormatHC:
		for _, c := range o.hc.Received() {
			n, twice = n+1, twice || c.Deliveries > 1
		}
	case model.FormatVIID:
		for _, c := range o.viid.Received() {
			n, twice = n+1, twice || c.Deliveries > 1
		}
	default:
		for _, c := range o.events.Received() {
			n, twice = n+1, twice || c.Deliveries > 1
		}
	}
	return n, twice
}

func (o *outpost) pass(t *testing.T) {
	t.Helper()
	if err := o.forwarder.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// For an hour a system misbehaves while events go on; afterwards each has all of them,
// once, and the digest of the hour is over as many.
func TestAnHourOfFaultsLosesNothingInAnyFormat(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]http.HandlerFunc{
		"401": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) },
		"400": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) },
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"410": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) },
		"hang": func(w http.ResponseWriter, r *http.Request) {
			_, _ = http.MaxBytesReader(w, r.Body, 1<<20).Read(make([]byte, 1<<16))
			<-r.Context().Done()
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
		"long": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503); _, _ = w.Write(make([]byte, 1<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := 24
			if name == "410" {
				want = 4 // whoever wants nothing more is made no more events
			}
			faultsFor(t, &fault, want)
		})
	}
}

func faultsFor(t *testing.T, fault *http.HandlerFunc, want int) {
	const steps, each = 6, 4
	o := newOutpost(t)
	began := o.Clock.Now()
	o.fault.Store(fault)
	for range steps {
		for format := range o.to {
			o.emit(t, format, each)
		}
		o.pass(t)
		o.Clock.Advance(10 * time.Minute)
	}
	for format := range o.to {
		if n, _ := o.arrived(format); n != 0 {
			t.Fatalf("%s: %d arrived through a fault", format, n)
		}
	}
	o.fault.Store(nil)
	for _, to := range o.to {
		o.recover(t, to)
	}
	for range 40 {
		o.pass(t)
		o.Clock.Advance(10 * time.Minute)
	}
	for format, to := range o.to {
		if n, twice := o.arrived(format); n != want || twice {
			t.Errorf("%s: %d arrived of %d, twice %v", format, n, want, twice)
		}
		var sum int64
		for at := began; !at.After(began.Add(time.Hour)); at = at.Add(time.Hour) {
			d, err := o.deliveries.Digest(t.Context(), o.Manager(o.Garden), to.ID, at)
			if err != nil {
				t.Fatal(err)
			}
			sum += d.Count
		}
		if sum != int64(want) {
			t.Errorf("%s: the digests are over %d of %d", format, sum, want)
		}
	}
}

// recover is what staff do: resume who was disabled by 410, replay what was refused.
func (o *outpost) recover(t *testing.T, to service.RecipientShown) {
	t.Helper()
	caller := o.Manager(o.Garden)
	if _, err := o.recipients.Resume(t.Context(), caller, to.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := o.deliveries.Replay(t.Context(), caller, to.ID, 1, 1000); err != nil {
		t.Fatal(err)
	}
}

func TestAPlatformThatForgotUsIsRegisteredWithAgain(t *testing.T) {
	t.Parallel()
	o := newOutpost(t)
	o.emit(t, model.FormatVIID, 3)
	o.pass(t)
	o.viid.Forget()
	o.emit(t, model.FormatVIID, 3)
	o.pass(t)
	if n, twice := o.arrived(model.FormatVIID); n != 6 || twice {
		t.Errorf("%d arrived, twice %v", n, twice)
	}
	o.viid.Forget()
	if n, err := o.recipients.KeepAlive(t.Context()); n != 1 || err != nil || !o.viid.Registered(deviceCode) {
		t.Errorf("%d kept alive, %v", n, err)
	}
	caller, id := o.Manager(o.Garden), o.to[model.FormatVIID].ID
	if _, err := o.recipients.Pause(t.Context(), caller, id); err != nil || o.viid.Registered(deviceCode) {
		t.Errorf("still registered after a pause: %v", err)
	}
	if n, err := o.recipients.KeepAlive(t.Context()); n != 0 || err != nil || o.viid.Registered(deviceCode) {
		t.Errorf("%d kept alive while paused, %v", n, err)
	}
	if _, err := o.recipients.Resume(t.Context(), caller, id); err != nil {
		t.Fatal(err)
	}
	if r, err := o.recipients.Test(t.Context(), caller, id); err != nil || !r.Delivered || !o.viid.Registered(deviceCode) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAnotherPasswordIsNoLostEvent(t *testing.T) {
	t.Parallel()
	o := newOutpost(t)
	caller := o.Manager(o.Garden)
	for format, right := range map[string]string{model.FormatHC: hcSecret, model.FormatVIID: "viid-secret"} {
		id := o.to[format].ID
		if _, _, err := o.recipients.RotateSecret(t.Context(), caller, id, ""); model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s: rotated to a secret of ours: %v", format, err)
		}
		if _, secret, err := o.recipients.RotateSecret(t.Context(), caller, id, "wrong-one"); err != nil || secret != "" {
			t.Fatal(err)
		}
		o.emit(t, format, 4)
		o.pass(t)
		if n, _ := o.arrived(format); n != 0 {
			t.Fatalf("%s: %d arrived with a wrong secret", format, n)
		}
		if _, _, err := o.recipients.RotateSecret(t.Context(), caller, id, right); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			o.Clock.Advance(10 * time.Minute)
			o.pass(t)
		}
		if n, twice := o.arrived(format); n != 4 || twice {
			t.Errorf("%s: %d arrived, twice %v", format, n, twice)
		}
	}
	if _, _, err := o.recipients.RotateSecret(t.Context(), caller, o.to[model.FormatCloudEvents].ID, "mine-not-yours"); model.CodeOf(err) != model.CodeInvalid {
		t.Errorf("a secret of theirs where we make them: %v", err)
	}
}

// No format reaches what the guard keeps from the others.
func TestNoFormatReachesInside(t *testing.T) {
	t.Parallel()
	var connects atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { connects.Add(1) }))
	t.Cleanup(inside.Close)
	port := inside.URL[strings.LastIndex(inside.URL, ":")+1:]
	h := testkit.NewHouse(t)
	sender := webhook.NewSender(webhook.Options{AllowHTTP: true}, h.Clock)
	t.Cleanup(sender.Close)
	courier := house.NewCourier(sender, h.Directory)
	for _, host := range []string{"127.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433", "10.0.0.1",
		"169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "user@127.0.0.1"} {
		for _, scheme := range []string{"http", "https", "gopher"} {
			url := fmt.Sprintf("%s://%s:%s/x", scheme, host, port)
			for format, f := range model.RecipientFormats {
				to := model.Recipient{ID: format, Format: format, URL: url, Secret: hcSecret, Account: "a", DeviceCode: deviceCode}
				if format == model.FormatCloudEvents {
					to.Secret = webhook.NewSecret()
				}
				kind := model.EventPassageRecorded
				if f.Types != nil && !slices.Contains(f.Types, kind) {
					kind = f.Types[0]
				}
				got := courier.Send(context.Background(), to, model.Delivery{ID: h.ID(), CommunityID: "c", Type: kind, OccurredAt: 1, Body: "{}"})
				if got.Class != service.OutcomeRefused || got.Status != 0 {
					t.Errorf("%s %s: %+v", format, url, got)
				}
				if o := courier.SignOff(context.Background(), to); format == model.FormatVIID && o.Class != service.OutcomeRefused {
					t.Errorf("%s signed off at %s: %+v", format, url, o)
				}
			}
		}
	}
	if n := connects.Load(); n != 0 {
		t.Errorf("%d connects", n)
	}
}
