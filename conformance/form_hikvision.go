package conformance

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"communitypass.cn/communitypass/simulator"

	"github.com/icholy/digest"
)

// errNotCalled is of a message that is not said when the server calls a device.
var errNotCalled = errors.New("not of a call to a device")

const isapiUser, isapiPassword = "admin", "replayed-password-1"

// hikvisionCalled plays what is said when the server calls a device: a challenge, what
// the device can do, an order and how it went. Errors: errNotCalled.
func hikvisionCalled(ctx context.Context, s *stage, p payload) (outcome, error) {
	if v, ok := jsonValue(p.body); ok {
		o, _ := v.(map[string]any)
		if o["RemoteCheck"] != nil {
			return hikvisionVerdict(ctx, s, o)
		}
		if c := challengesIn(v); len(c) > 0 {
			return hikvisionChallenged(ctx, s, c)
		}
		return outcome{}, errNotCalled
	}
	fields, root, err := elements(p.body)
	switch {
	case err != nil:
		return outcome{}, errNotCalled
	case root == "ResponseStatus":
		done := fields["statusCode"] == "1" || fields["statusCode"] == ""
		return hikvisionOrdered(ctx, s, done, "the device answers the order so", func(door *simulator.Hikvision) { door.Answers(http.StatusOK, string(p.body)) }, nil)
	case root != "RemoteControlDoor":
		return outcome{}, errNotCalled
	}
	var said struct {
		Cmd struct {
			Opt  string `xml:"opt,attr"`
			Text string `xml:",chardata"`
		} `xml:"cmd"`
	}
	d := xml.NewDecoder(strings.NewReader(string(p.body)))
	d.CharsetReader = readerOf
	if err := d.Decode(&said); err != nil {
		return outcome{}, errNotCalled
	}
	if word := strings.TrimSpace(said.Cmd.Text); said.Cmd.Opt == "" && word != "" {
		if word != "open" {
			return outcome{}, leftOut("an order that this server does not give: " + word)
		}
		return hikvisionOrdered(ctx, s, true, "the order to open has its form", nil, fields)
	}
	words := strings.Split(strings.ReplaceAll(said.Cmd.Opt, " ", ""), ",")
	able := said.Cmd.Opt == "" || slices.Contains(words, "open")
	return hikvisionOrdered(ctx, s, able, "asked what it can do, the device says so", func(door *simulator.Hikvision) { door.Able(string(p.body)) }, nil)
}

// hikvisionOrdered has staff open the door of a device that behaves so; done is whether
// the server must then say that it was opened, theirs the elements of an order.
func hikvisionOrdered(ctx context.Context, s *stage, done bool, sentence string, behave func(*simulator.Hikvision), theirs map[string]string) (o outcome, err error) {
	door := simulator.NewHikvision(isapiUser, isapiPassword, "MD5")
	if behave != nil {
		behave(door)
	}
	address, stop, err := serve(door)
	if err != nil {
		return o, err
	}
	defer stop()
	u, err := s.register(ctx, "hikvision", map[string]any{"address": address, "username": isapiUser, "password": isapiPassword})
	if err != nil {
		return o, err
	}
	defer u.revoke(ctx)
	said, err := u.openedOrNot(ctx)
	orders := door.Orders()
	if len(orders) > 0 {
		o.answer = orders[0]
	}
	switch {
	case err != nil:
		return o, err
	case done != (said == openDone):
		return o, fmt.Errorf("%s, and it is %s", sentence, said)
	}
	o.heard = sentence + "; " + said
	if theirs == nil {
		return o, nil
	}
	_, body, _ := strings.Cut(o.answer, " ")
	ours, root, err := elements([]byte(body))
	if err != nil || root != "RemoteControlDoor" {
		return o, fmt.Errorf("the order is no RemoteControlDoor: %w", err)
	}
	f := form{fixed: []string{"cmd"}, needed: []string{"cmd"}, meant: map[string]string{"*": "said only to a device that names it among what it can do"}}
	return f.compare(anyOf(theirs), anyOf(ours)).said("the order to open", o.answer)
}

// openedOrNot is opened, where that the device does not do it is an answer too.
func (u *unit) openedOrNot(ctx context.Context) (string, error) {
	said, err := u.opened(ctx)
	if err != nil && strings.Contains(err.Error(), `"code":"command_failed"`) {
		return "command failed, and staff are told so", nil
	}
	return said, err
}

func anyOf(fields map[string]string) map[string]any {
	out := map[string]any{}
	for name, v := range fields {
		out[name] = v
	}
	return out
}

// hikvisionVerdict asks for a code as a device whose door waits for a word.
func hikvisionVerdict(ctx context.Context, s *stage, theirs map[string]any) (outcome, error) {
	u, err := s.register(ctx, "hikvision", nil)
	if err != nil {
		return outcome{}, err
	}
	n := s.numbered()()
	status, body, err := u.send(ctx, push{contentType: jsonType, body: fmt.Appendf(nil, `{"ipAddress":"192.0.2.7","dateTime":"%s","eventType":"AccessControllerEvent","eventState":"active","AccessControllerEvent":{"majorEventType":5,"subEventType":156,"remoteCheck":true,"currentEvent":true,"serialNo":%d,"QRCodeInfo":"%s-%d"}}`,
		s.clock.Now().In(zone).Format("2006-01-02T15:04:05-07:00"), n, nobody, n)})
	if err == nil {
		err = checked(fmt.Sprint(n))(status, body)
	}
	if err != nil {
		return outcome{answer: string(body)}, err
	}
	return form{needed: []string{"RemoteCheck", "RemoteCheck.serialNo", "RemoteCheck.checkResult"}, meant: map[string]string{
		"*": "optional; the screen of a terminal is not told why"}}.against("the verdict about a code", theirs, body)
}

// challengesIn are the digest challenges that a JSON value holds: as texts, or taken
// apart. Those without an algorithm are given both that are named for one.
func challengesIn(v any) []string {
	var out []string
	switch t := v.(type) {
	case string:
		if _, err := digest.ParseChallenge(t); err == nil && strings.HasPrefix(t, "Digest ") {
			out = append(out, t)
		}
	case []any:
		for _, one := range t {
			out = append(out, challengesIn(one)...)
		}
	case map[string]any:
		realm, isText := t["realm"].(string)
		nonce, _ := t["nonce"].(string)
		if isText && nonce != "" {
			for _, algorithm := range []string{"MD5", "SHA-256"} {
				c := digest.Challenge{Realm: realm, Nonce: nonce, QOP: []string{"auth"}, Algorithm: algorithm}
				c.Opaque, _ = t["opaque"].(string)
				out = append(out, c.String())
			}
			break
		}
		for _, one := range t {
			out = append(out, challengesIn(one)...)
		}
	}
	slices.Sort(out)
	return out
}

// hikvisionChallenged is a device that challenges in those words: what the server signs
// by must be the answer of RFC 7616 to them.
func hikvisionChallenged(ctx context.Context, s *stage, challenges []string) (o outcome, err error) {
	var heard []string
	for _, text := range challenges {
		c, err := digest.ParseChallenge(text)
		if err != nil {
			return o, err
		}
		signed := make(chan error, 8)
		address, stop, err := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			credentials, err := digest.ParseCredentials(r.Header.Get("Authorization"))
			if err != nil {
				w.Header().Set("WWW-Authenticate", text)
				http.Error(w, "unauthorised", http.StatusUnauthorized)
				return
			}
			want, err := digest.Digest(c, digest.Options{Method: r.Method, URI: credentials.URI, Count: credentials.Nc, Cnonce: credentials.Cnonce, Username: isapiUser, Password: isapiPassword})
			switch {
			case err != nil:
			case credentials.URI != r.URL.RequestURI(), credentials.Username != isapiUser, credentials.Realm != c.Realm, credentials.Nonce != c.Nonce, credentials.Opaque != c.Opaque, credentials.Response != want.Response:
				err = errors.New("signed, and not as RFC 7616 says")
			}
			select {
			case signed <- err:
			default: // it was heard before
			}
			if err != nil {
				http.Error(w, "unauthorised", http.StatusUnauthorized)
				return
			}
			if r.Method == http.MethodGet {
				http.NotFound(w, r)
				return
			}
			_, _ = io.WriteString(w, `<ResponseStatus><statusCode>1</statusCode></ResponseStatus>`)
		}))
		if err != nil {
			return o, err
		}
		u, err := s.register(ctx, "hikvision", map[string]any{"address": address, "username": isapiUser, "password": isapiPassword})
		if err != nil {
			stop()
			return o, err
		}
		said, err := u.opened(ctx)
		u.revoke(ctx)
		stop()
		o.answer = said
		select {
		case wrong := <-signed:
			err = errors.Join(wrong, err)
		default:
			err = errors.Join(errors.New("it did not sign"), err)
		}
		if err == nil && said != openDone {
			err = errors.New(said)
		}
		if err != nil {
			return o, fmt.Errorf("challenged by %s: %w", text, err)
		}
		heard = append(heard, fmt.Sprintf("%q (%s)", c.Realm, cmp.Or(c.Algorithm, "MD5")))
	}
	o.heard = "signed as RFC 7616 says, challenged by " + strings.Join(heard, ", ")
	return o, nil
}
