package gm

import (
	"encoding/base64"
	"slices"
	"strconv"

	"communitypass.cn/communitypass/model"
)

// session is a live key of access tokens.
type session struct {
	number uint16
	state  model.KeyState
	mac    *MAC
}

func (r *Ring) addSession(k opened) error {
	if len(k.secret) != macKeySize {
		return badKey(k.ID, "its secret has a wrong size")
	}
	r.sessions = append(r.sessions, session{k.Number, k.State, NewHMAC(k.secret)})
	return nil
}

// signingSession is the key of new tokens.
func (r *Ring) signingSession() (session, bool) {
	for _, s := range slices.Backward(r.sessions) {
		if s.state == model.KeyActive {
			return s, true
		}
	}
	return session{}, false
}

// header is the first segment of every token of this key and type: one exact
// text. A reader compares it as a whole and never parses a stranger's header,
// so no other alg, kid, crit, jku, jwk or x5u can be honoured by mistake.
func (s session) header(typ string) string {
	b := make([]byte, 0, 96)
	b = append(b, `{"alg":"`+AlgHSSM3+`","kid":"`...)
	b = strconv.AppendUint(b, uint64(s.number), 10)
	b = append(b, `","typ":"`...)
	b = append(b, typ...)
	b = append(b, `"}`...)
	return base64.RawURLEncoding.EncodeToString(b)
}
