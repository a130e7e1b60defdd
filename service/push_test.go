package service_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// provider stands for WeChat and for an SMS provider: it answers what it is told
// to, and notes what it was asked.
type provider struct {
	mu      sync.Mutex
	result  service.PushResult
	code    string
	calls   []string // whom
	fields  []map[string]string
	texts   [][]string
	holding chan struct{} // when set, calls wait for it to be closed
}

func (p *provider) answer(whom string) (service.PushResult, string) {
	p.mu.Lock()
	p.calls = append(p.calls, whom)
	result, code, holding := p.result, p.code, p.holding
	p.mu.Unlock()
	if holding != nil {
		<-holding
	}
	return result, code
}

func (p *provider) set(r service.PushResult, code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result, p.code = r, code
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.calls)
}

type wechatProvider struct{ *provider }

func (p wechatProvider) Push(_ context.Context, openID, _ string, fields map[string]string) (service.PushResult, string) {
	p.mu.Lock()
	p.fields = append(p.fields, maps.Clone(fields))
	p.mu.Unlock()
	return p.answer(openID)
}

type smsProvider struct{ *provider }

func (p smsProvider) Push(_ context.Context, phone, _ string, fields []string) (service.PushResult, string) {
	p.mu.Lock()
	p.texts = append(p.texts, fields)
	p.mu.Unlock()
	return p.answer(phone)
}

const pushApp = "wx-push"

// mailroom is a house with a notice for one resident, whose messages can be pushed.
type mailroom struct {
	*testkit.House
	who         *model.Caller
	wechat, sms *provider
	messages    *service.Messages
	notices     *service.Notices
}

func newMailroom(t testing.TB, texts bool) *mailroom {
	t.Helper()
	h := testkit.NewHouse(t)
	var err error
	if h.Deps.Ways.Wechat, err = service.ParsePushTemplates("*=TPL,thing1:text,time2:time,thing3:title", true); err != nil {
		t.Fatal(err)
	}
	if texts {
		if h.Deps.Ways.SMS, err = service.ParsePushTemplates("*=77,community", false); err != nil {
			t.Fatal(err)
		}
	}
	p := h.Person(t, "王芳", phoneWang)
	home := model.Household{ID: h.ID(), CommunityID: h.Garden.ID, Building: "3", Unit: "1", Room: "1201", CreatedAt: 1}
	h.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateHousehold(home); err != nil {
			return err
		}
		if err := tx.CreateWechatAccount(model.WechatAccount{ID: h.ID(), AppID: pushApp, OpenID: "openid-wang", PersonID: p.ID, CreatedAt: 1}); err != nil {
			return err
		}
		return tx.CreateResidency(model.Residency{ID: h.ID(), CommunityID: h.Garden.ID, HouseholdID: home.ID, PersonID: p.ID,
			Relation: "owner", Status: model.ResidencyActive, CreatedAt: 1})
	})
	return &mailroom{House: h, who: &model.Caller{Kind: model.CallerPerson, AccountID: h.ID(), PersonID: p.ID},
		wechat: &provider{result: service.PushDone}, sms: &provider{result: service.PushDone},
		messages: service.NewMessages(h.Deps), notices: service.NewNotices(h.Deps)}
}

func (m *mailroom) pusher() *service.Pusher {
	return service.NewPusher(m.Deps, pushApp, wechatProvider{m.wechat}, smsProvider{m.sms})
}

// consent allows some messages.
func (m *mailroom) consent(t testing.TB, n int) {
	t.Helper()
	for range n {
		if _, err := m.messages.Allow(t.Context(), m.who, []string{"TPL"}); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *mailroom) allowance(t testing.TB) int {
	t.Helper()
	found, err := m.messages.Allowances(t.Context(), m.who)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0].Allowance
}

// urgent publishes an urgent notice and writes its messages.
func (m *mailroom) urgent(t testing.TB) {
	t.Helper()
	_, err := m.notices.Publish(t.Context(), m.Manager(m.Garden), m.Garden.ID, model.Notice{TitleZH: "停水通知canary", BodyZH: "今晚",
		Audience: model.AudienceAll, Urgent: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.notices.TellUrgent(t.Context(), store.Lease{}); err != nil {
		t.Fatal(err)
	}
}

func (m *mailroom) pass(t testing.TB, p *service.Pusher) {
	t.Helper()
	if err := p.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (m *mailroom) inbox(t testing.TB) service.Inbox {
	t.Helper()
	in, err := m.messages.List(t.Context(), m.who, false, "zh", service.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestAMessageIsInTheInboxWhileWeChatIsDown(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, false)
	m.consent(t, 1)
	m.wechat.set(service.PushLater, "unreachable")
	m.urgent(t)
	if in := m.inbox(t); in.Unread != 1 || in.Items[0].Text != "紧急通知：停水通知canary" {
		t.Fatalf("%+v", in)
	}
	p := m.pusher()
	m.pass(t, p)
	m.pass(t, p) // not due again yet
	if m.wechat.count() != 1 || m.allowance(t) != 1 {
		t.Fatalf("%d calls, allowance %d", m.wechat.count(), m.allowance(t))
	}
	m.wechat.set(service.PushDone, "")
	m.Clock.Advance(30*time.Second - time.Millisecond)
	m.pass(t, p)
	if m.wechat.count() != 1 {
		t.Fatal("it was tried before its time")
	}
	m.Clock.Advance(time.Millisecond)
	m.pass(t, p)
	m.pass(t, p)
	if m.wechat.count() != 2 || m.allowance(t) != 0 {
		t.Fatalf("%d calls, allowance %d", m.wechat.count(), m.allowance(t))
	}
	want := map[string]string{"thing1": "紧急通知：停水通知canary", "time2": "2026-11-22 12:00:00", "thing3": "停水通知canary"}
	if !maps.Equal(m.wechat.fields[1], want) {
		t.Errorf("%v, want %v", m.wechat.fields[1], want)
	}
}

func TestTheLadderOfWays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		texts        bool
		consents     int
		result       service.PushResult
		left         int // allowance afterwards
		wechat, sms  int // calls
		passes       int
		readMeantime bool
	}{
		{name: "sent", texts: true, consents: 2, result: service.PushDone, left: 1, wechat: 1, passes: 3},
		{name: "no allowance, SMS", texts: true, result: service.PushDone, sms: 1, passes: 3},
		{name: "no allowance, no SMS", result: service.PushDone, passes: 3},
		{name: "43101 clears all, SMS", texts: true, consents: 5, result: service.PushNoConsent, left: 0, wechat: 1, sms: 1, passes: 4},
		{name: "43101 is not retried", consents: 5, result: service.PushNoConsent, left: 0, wechat: 1, passes: 9},
		{name: "template wrong", texts: true, consents: 2, result: service.PushBroken, left: 2, wechat: 1, sms: 1, passes: 9},
		{name: "down for good: three tries, then SMS", texts: true, consents: 1, result: service.PushLater, left: 1, wechat: 3, sms: 1, passes: 9},
		{name: "down for good, no SMS", consents: 1, result: service.PushLater, left: 1, wechat: 3, passes: 9},
		{name: "read meanwhile", texts: true, consents: 1, result: service.PushDone, left: 1, passes: 2, readMeantime: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMailroom(t, c.texts)
			m.consent(t, c.consents)
			m.wechat.set(c.result, "x")
			m.urgent(t)
			if c.readMeantime {
				if _, err := m.messages.ReadAll(t.Context(), m.who, ""); err != nil {
					t.Fatal(err)
				}
			}
			p := m.pusher()
			for range c.passes {
				m.pass(t, p)
				m.Clock.Advance(5 * time.Minute)
			}
			if m.wechat.count() != c.wechat || m.sms.count() != c.sms {
				t.Errorf("%d by WeChat and %d by SMS, want %d and %d", m.wechat.count(), m.sms.count(), c.wechat, c.sms)
			}
			if got := m.allowance(t); got != c.left {
				t.Errorf("allowance %d, want %d", got, c.left)
			}
			if c.sms > 0 && (m.sms.calls[0] != phoneWang || m.sms.texts[0][0] != "春晓花园") {
				t.Errorf("the text went to %v with %v", m.sms.calls, m.sms.texts)
			}
		})
	}
}

// A template that WeChat finds wrong is not used for the next message either.
func TestABrokenTemplateIsStopped(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, false)
	m.consent(t, 5)
	m.wechat.set(service.PushBroken, "47003")
	p := m.pusher()
	for range 3 {
		m.urgent(t)
		m.pass(t, p)
	}
	if m.wechat.count() != 1 || m.allowance(t) != 5 {
		t.Errorf("%d calls, allowance %d", m.wechat.count(), m.allowance(t))
	}
}

func TestOneConsentIsOneMessage(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, false)
	m.consent(t, 1)
	for range 20 {
		m.urgent(t)
	}
	// Two replicas at once.
	var all sync.WaitGroup
	for range 2 {
		p := m.pusher()
		all.Go(func() {
			for range 3 {
				if err := p.Pass(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if m.wechat.count() != 1 || m.allowance(t) != 0 {
		t.Errorf("%d messages for one consent, allowance %d", m.wechat.count(), m.allowance(t))
	}
}

func TestTwoReplicasPushAMessageOnce(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, false)
	m.consent(t, 50)
	for range 20 {
		m.urgent(t)
	}
	var all sync.WaitGroup
	for range 4 {
		p := m.pusher()
		all.Go(func() {
			if err := p.Pass(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if m.wechat.count() != 20 || m.allowance(t) != 30 {
		t.Errorf("%d sent of 20, allowance %d", m.wechat.count(), m.allowance(t))
	}
}

// A worker that dies between sending and writing so down holds its lease to the
// end; then the message is sent a second time, for a consent of its own, and a
// worker that comes back late changes nothing.
func TestADeadWorkersPushIsSentOnceMoreAtMost(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, false)
	m.consent(t, 3)
	m.urgent(t)
	m.wechat.holding = make(chan struct{})
	dead := m.pusher()
	done := make(chan error, 1)
	go func() { done <- dead.Pass(context.Background()) }()
	for m.wechat.count() == 0 {
		if err := model.Wait(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	other := m.pusher()
	m.Clock.Advance(59 * time.Second)
	m.pass(t, other)
	if m.wechat.count() != 1 {
		t.Fatal("a lease was broken")
	}
	m.Clock.Advance(2 * time.Second)
	m.wechat.mu.Lock()
	holding := m.wechat.holding
	m.wechat.holding = nil
	m.wechat.mu.Unlock()
	for range 5 {
		m.pass(t, other)
		m.Clock.Advance(10 * time.Minute)
	}
	close(holding)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	m.pass(t, other)
	if m.wechat.count() != 2 || m.allowance(t) != 1 {
		t.Errorf("%d sent, allowance %d", m.wechat.count(), m.allowance(t))
	}
}

func TestTextsAreBoundedPerDay(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, true)
	p := m.pusher()
	for range 15 {
		m.urgent(t)
		m.pass(t, p)
		m.pass(t, p)
		m.Clock.Advance(time.Minute)
	}
	if m.sms.count() != 10 {
		t.Errorf("%d texts in a quarter of an hour", m.sms.count())
	}
	m.Clock.Advance(24 * time.Hour)
	m.urgent(t)
	m.pass(t, p)
	m.pass(t, p)
	if m.sms.count() != 11 {
		t.Errorf("%d texts the day after", m.sms.count())
	}
}

func TestParametersOfMessagesAreSealed(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, true)
	if m.Store.Dialect() == store.MySQL {
		t.Skip("reads the file")
	}
	m.consent(t, 1)
	m.Update(t, func(tx *store.Tx) error {
		return tx.CreateMessage(model.Message{ID: m.ID(), PersonID: m.who.PersonID, Template: "x", Params: map[string]string{"visitor": "canary金丝雀"}, CreatedAt: 1})
	})
	for _, file := range []string{m.DSN, m.DSN + "-wal"} {
		data, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("canary金丝雀")) || bytes.Contains(data, []byte("openid-wang")) {
			t.Error("in clear in", file)
		}
	}
}

func TestMessagesAndNoticesArePurged(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, true)
	m.urgent(t)
	purge, err := service.NewPurge(m.Deps, service.Retention{})
	if err != nil {
		t.Fatal(err)
	}
	pass := func() {
		if _, err := purge.Pass(t.Context(), store.Lease{}); err != nil {
			t.Fatal(err)
		}
	}
	m.Clock.Advance(90 * 24 * time.Hour)
	if pass(); len(m.inbox(t).Items) != 1 {
		t.Error("a message went before its time")
	}
	m.Clock.Advance(time.Millisecond)
	if pass(); len(m.inbox(t).Items) != 0 {
		t.Error("a message of more than 90 days is there")
	}
	staff := func() int {
		list, err := m.notices.List(t.Context(), m.Manager(m.Garden), m.Garden.ID, service.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Items)
	}
	m.Clock.Advance((365 + 180 - 90) * 24 * time.Hour)
	m.Clock.Advance(-time.Millisecond)
	if pass(); staff() != 1 {
		t.Error("a notice went before its time")
	}
	m.Clock.Advance(time.Millisecond)
	if pass(); staff() != 0 {
		t.Error("a notice is there 180 days after it expired")
	}
}
