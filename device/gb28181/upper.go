package gb28181

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// UpperConfig is the platform above, to which we are one below.
type UpperConfig struct {
	// ID is its code, twenty digits; Domain its realm.
	ID, Domain string
	// Address is host:port; Transport UDP or TCP.
	Address, Transport string
	// Password is ours there; our own code is the user's name.
	Password string
}

// Alarm is one that goes up.
type Alarm struct {
	model.DeviceEvent
	// Serial is what its device calls itself.
	Serial string
}

// errRefused is any answer but 200; its text has the status.
type errRefused int

func (e errRefused) Error() string { return "the platform above answered " + strconv.Itoa(int(e)) }

// Upper keeps a registration at the platform above and reports alarms to it. One replica
// does that at a time.
type Upper struct {
	cfg    UpperConfig
	server *Server

	mu sync.Mutex
	// registered and beaten are when we last registered and were last heard; missed are
	// keep-alives in a row that were not answered.
	registered, beaten time.Time
	missed             int
}

func newUpper(s *Server, cfg UpperConfig) *Upper { return &Upper{cfg: cfg, server: s} }

// Upper is the platform above; nil where nothing is reported.
func (s *Server) Upper() *Upper { return s.upper }

// upperExpiry is how long a registration above counts; it is renewed at half.
const upperExpiry = time.Hour

// Ready registers where that is due and says that we are there. Errors: what the platform
// above answered, or why it could not be reached.
func (u *Upper) Ready(ctx context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.server.clock.Now()
	if u.registered.IsZero() || u.missed >= misses || now.Sub(u.registered) >= upperExpiry/2 {
		if err := u.register(ctx); err != nil {
			u.registered = time.Time{}
			return err
		}
		u.registered, u.beaten, u.missed = now, now, 0
	}
	if now.Sub(u.beaten) < keepalive {
		return nil
	}
	u.beaten = now
	if err := u.send(ctx, document("Notify", "CmdType", commandKeepalive, "SN", strconv.FormatInt(now.Unix(), 10), "DeviceID", u.server.cfg.ID, "Status", "OK")); err != nil {
		u.missed++
		return err
	}
	u.missed = 0
	return nil
}

func (u *Upper) register(ctx context.Context) error {
	s := u.server
	r := s.request(sip.REGISTER, u.cfg.ID, u.cfg.Domain, u.cfg.Address, u.cfg.Transport, nil)
	self := sip.Uri{Scheme: "sip", User: s.cfg.ID, Host: s.cfg.Domain}
	r.RemoveHeader("To")
	r.AppendHeader(&sip.ToHeader{Address: self, Params: sip.NewParams()})
	r.AppendHeader(&sip.ContactHeader{Address: self})
	r.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(upperExpiry/time.Second))))
	return u.do(ctx, r)
}

// Report tells of one alarm; nil means that the platform above has it.
func (u *Upper) Report(ctx context.Context, a Alarm) error { return u.send(ctx, u.alarm(a)) }

// alarm is an alarm as MANSCDP has it. A retry has the same SN, so that it is known
// above. A device without a code of its own speaks by ours.
func (u *Upper) alarm(a Alarm) []byte {
	name := fnv.New32a()
	_, _ = name.Write([]byte(a.ID))
	id, at := u.server.cfg.ID, model.FromMillis(cmp.Or(a.DeviceAt, a.ReceivedAt))
	if Code(a.Serial) {
		id = a.Serial
	}
	method, kind := "2", ""
	if own := strings.Split(a.Native, "."); len(own) == 3 && own[0] == "gb28181" {
		method, kind = own[1], own[2]
	} else if what := a.Detail["what"]; videoWords[what] {
		method = "5"
	}
	pairs := []string{"CmdType", commandAlarm, "SN", strconv.FormatUint(uint64(name.Sum32()), 10), "DeviceID", id, "AlarmPriority", priorityOf(a),
		"AlarmMethod", method, "AlarmTime", at.In(device.Zone).Format("2006-01-02T15:04:05"), "AlarmDescription", a.Detail["what"]}
	if kind != "" && kind != "0" {
		pairs = append(pairs, "AlarmType", kind)
	}
	return document("Notify", pairs...)
}

var (
	// videoWords are alarms that a picture raised.
	videoWords = map[string]bool{"motion": true, "intrusion": true, "line_crossed": true, "object_left": true, "object_taken": true, "loitering": true, "crowd": true, "falling_object": true}
	// urgentWords are those of the first priority.
	urgentWords = map[string]bool{"fire": true, "smoke": true, "gas": true, "panic": true, "duress": true, "medical": true, "earthquake": true}
)

// priorityOf is 1 to 4, 1 the highest.
func priorityOf(a Alarm) string {
	if own := a.Detail["priority"]; len(own) == 1 && own[0] >= '1' && own[0] <= '4' {
		return own
	}
	if urgentWords[a.Detail["what"]] {
		return "1"
	}
	return "3"
}

// Code reports whether a text is a code of GB/T 28181 annex E.
func Code(text string) bool {
	return len(text) == 20 && strings.Trim(text, "0123456789") == ""
}

func (u *Upper) send(ctx context.Context, body []byte) error {
	return u.do(ctx, u.server.request(sip.MESSAGE, u.cfg.ID, u.cfg.Domain, u.cfg.Address, u.cfg.Transport, body))
}

// do asks, and proves who we are where that is wanted.
func (u *Upper) do(ctx context.Context, r *sip.Request) error {
	ctx, cancel := context.WithTimeout(ctx, answerable)
	defer cancel()
	client := u.server.client
	reply, err := client.Do(ctx, r)
	if err == nil && (reply.StatusCode == sip.StatusUnauthorized || reply.StatusCode == sip.StatusProxyAuthRequired) {
		reply, err = client.DoDigestAuth(ctx, r, reply, sipgo.DigestAuth{Username: u.server.cfg.ID, Password: u.cfg.Password})
	}
	switch {
	case err != nil:
		return errors.New("the platform above cannot be reached")
	case !reply.IsSuccess():
		return errRefused(reply.StatusCode)
	}
	return nil
}

// from reports whether a request is from the platform above, at its own address.
func (u *Upper) from(r *sip.Request) bool {
	from := r.From()
	return u != nil && from != nil && from.Address.User == u.cfg.ID && device.HostOf(r.Source()) == device.HostOf(u.cfg.Address)
}

// fromAbove takes what the platform above says of our alarms. What it asks for, such as
// the catalogue, we do not have.
func (s *Server) fromAbove(r *sip.Request, tx sip.ServerTransaction) {
	n, err := readNotify(r.Body())
	switch {
	case err != nil:
		s.refused(r, tx, sip.StatusBadRequest, "Bad Request", err.Error())
	case n.XMLName.Local == "Response":
		s.answer(r, tx, sip.StatusOK, "OK")
	default:
		s.refused(r, tx, sip.StatusNotImplemented, "Not Implemented", "from_above")
	}
}
