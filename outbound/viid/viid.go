package viid

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

// Sender speaks to platforms above. It remembers with whom it is registered; what a
// restart forgets is registered again. It is safe for concurrent use.
type Sender struct {
	way *webhook.Sender
	mu  sync.Mutex
	// known are the recipients that took our registration, by id, and as what.
	known map[string]identity
	turns map[string]*sync.Mutex
}

// identity is under what we are registered: changed, it is another registration.
type identity struct{ url, account, deviceCode string }

func identityOf(to model.Recipient) identity { return identity{to.URL, to.Account, to.DeviceCode} }

// New makes a sender on the guarded way out.
func New(way *webhook.Sender) *Sender {
	return &Sender{way: way, known: map[string]identity{}, turns: map[string]*sync.Mutex{}}
}

// Send makes one attempt: it registers first where that is needed, and once more when
// the platform has forgotten us (401). A test registers and shows that we are alive.
func (s *Sender) Send(ctx context.Context, to model.Recipient, d model.Delivery) webhook.Outcome {
	if d.Type == model.EventTest {
		return s.KeepAlive(ctx, to)
	}
	body, ok := Encode(d, to.DeviceCode)
	if !ok {
		return webhook.Outcome{Class: webhook.Permanent, Detail: "event_invalid"}
	}
	return s.registered(ctx, to, "/VIID/MotorVehicles", body)
}

// KeepAlive tells the platform that we are there, registered first where that is
// needed.
func (s *Sender) KeepAlive(ctx context.Context, to model.Recipient) webhook.Outcome {
	return s.registered(ctx, to, "/VIID/System/Keepalive", registration("KeepaliveObject", to.DeviceCode))
}

// SignOff takes our leave of the platform (UnRegister).
func (s *Sender) SignOff(ctx context.Context, to model.Recipient) webhook.Outcome {
	s.forget(to)
	return s.call(ctx, to, "/VIID/System/UnRegister", registration("UnRegisterObject", to.DeviceCode), true)
}

// registered makes a call that the platform takes of whom it knows.
func (s *Sender) registered(ctx context.Context, to model.Recipient, path string, body []byte) webhook.Outcome {
	if to.Secret == "" || to.Account == "" || to.DeviceCode == "" {
		return webhook.Outcome{Class: webhook.Refused, Detail: "no_secret"}
	}
	for try := 0; ; try++ {
		if o := s.register(ctx, to); o.Class != webhook.Delivered {
			return o
		}
		o := s.call(ctx, to, path, body, false)
		switch {
		case o.Class == webhook.Delivered:
			return o
		case o.Status == http.StatusUnauthorized || o.Status == 0:
			s.forget(to) // it knows us no more, or nobody knows whether it does
		}
		if o.Status != http.StatusUnauthorized || try > 0 {
			return softened(o)
		}
	}
}

// register makes sure that we are registered; of several attempts at once one does it.
func (s *Sender) register(ctx context.Context, to model.Recipient) webhook.Outcome {
	turn := s.turn(to.ID)
	turn.Lock()
	defer turn.Unlock()
	s.mu.Lock()
	known := s.known[to.ID] == identityOf(to)
	s.mu.Unlock()
	if known {
		return webhook.Outcome{Class: webhook.Delivered}
	}
	o := s.call(ctx, to, "/VIID/System/Register", registration("RegisterObject", to.DeviceCode), true)
	if o.Class == webhook.Delivered {
		s.mu.Lock()
		s.known[to.ID] = identityOf(to)
		s.mu.Unlock()
	}
	// Nothing was said of the event yet, so nothing is final for it.
	if o.Class == webhook.Permanent {
		o.Class = webhook.Retry
	}
	return o
}

func (s *Sender) turn(id string) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns[id] == nil {
		s.turns[id] = new(sync.Mutex)
	}
	return s.turns[id]
}

func (s *Sender) forget(to model.Recipient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, to.ID)
}

// softened makes "who are you?" something that may be better later: staff may have
// mistyped the password, and no event is lost over it.
func softened(o webhook.Outcome) webhook.Outcome {
	if o.Status == http.StatusUnauthorized || o.Status == http.StatusForbidden {
		o.Class = webhook.Retry
	}
	return o
}

// call is one POST. It is delivered when the answer is 2xx and its status code is 0.
func (s *Sender) call(ctx context.Context, to model.Recipient, path string, body []byte, login bool) webhook.Outcome {
	c := webhook.Call{URL: to.URL, Path: path, Body: body, Header: http.Header{
		"Content-Type": {"application/VIID+JSON;charset=utf-8"}, "User-Identify": {to.DeviceCode}}}
	if login {
		c.User, c.Password = to.Account, to.Secret
	}
	answer, o := s.way.Exchange(ctx, c)
	if o.Class != webhook.Delivered {
		return o
	}
	return judge(answer, o)
}

type status struct{ StatusCode json.RawMessage }

// judge reads ResponseStatusListObject, or the single ResponseStatusObject of the
// system's own calls. Every status must be 0. GA/T 1400.4, annex: 4 to 8 say that what
// we sent is wrong, which it will be again; the others may pass.
func judge(answer webhook.Answer, o webhook.Outcome) webhook.Outcome {
	var said struct {
		ResponseStatusListObject struct{ ResponseStatusObject oneOrMore }
		ResponseStatusObject     *status
	}
	invalid := webhook.Outcome{Status: o.Status, Class: webhook.Retry, Detail: "answer_invalid"}
	if json.Unmarshal(answer.Body, &said) != nil {
		return invalid
	}
	all := said.ResponseStatusListObject.ResponseStatusObject
	if said.ResponseStatusObject != nil {
		all = append(all, *said.ResponseStatusObject)
	}
	if len(all) == 0 {
		return invalid
	}
	for _, one := range all {
		switch code := string(one.StatusCode); code {
		case `"0"`, "0":
		case `"4"`, `"5"`, `"6"`, `"7"`, `"8"`, "4", "5", "6", "7", "8":
			return webhook.Outcome{Status: o.Status, Class: webhook.Permanent, Detail: "code_refused"}
		default:
			return webhook.Outcome{Status: o.Status, Class: webhook.Retry, Detail: "code_failed"}
		}
	}
	return o
}

// oneOrMore is a list, or its only member without one: platforms differ.
type oneOrMore []status

// UnmarshalJSON reads either.
func (l *oneOrMore) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]status)(l))
	}
	var only status
	if err := json.Unmarshal(text, &only); err != nil {
		return err
	}
	*l = oneOrMore{only}
	return nil
}
