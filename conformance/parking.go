package conformance

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// vzenith: what a plate camera posts. Whether the barrier opens is the server's word;
// the camera wants one of the two it knows.
func vzenith(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, isJSON := object(p.body)
	q := push{path: "/devicemanagement/php/plateresult.php", contentType: jsonType, body: p.body, keeps: true}
	switch {
	case isJSON && o["AlarmInfoPlate"] != nil:
		q.understood = ok(`"Response_AlarmInfoPlate"`)
	case isJSON && o["AlarmGioIn"] != nil:
		q.understood, q.nameless = ok(), true
	case isJSON:
		return vzenithAnswered(ctx, s, o)
	default:
		boundary, _, found := bytes.Cut(bytes.TrimLeft(p.body, "\r\n"), []byte("\n"))
		if !found || !bytes.HasPrefix(boundary, []byte("--")) {
			return outcome{}, leftOut("neither JSON nor a heartbeat")
		}
		q.path, q.keeps, q.understood = "/devicemanagement/php/receivedeviceinfo.php", false, ok()
		q.contentType = "multipart/form-data; boundary=" + strings.TrimSpace(string(boundary[2:]))
		q.body = bytes.ReplaceAll(bytes.ReplaceAll(p.body, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	}
	u, err := s.register(ctx, "vzenith", nil)
	if err != nil {
		return outcome{}, err
	}
	return u.replay(ctx, q)
}

// cloudSecret is what the replayed parking clouds sign with; the real secrets of the
// payloads are nobody's to know.
const cloudSecret = "replayed-secret-of-a-car-park"

// pyun: a form of P云, first as it stands, with a signature that cannot be right here,
// then signed anew.
func pyun(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, isJSON := object(p.body)
	switch {
	case isJSON && (o["result_code"] != nil || o["service"] != nil && o["gate_id"] != nil):
		return pyunOrdered(ctx, s, o)
	case isJSON && o["code"] != nil && o["message"] != nil && o["parking_serial"] == nil:
		return pyunAnswered(ctx, s, o)
	case !isJSON || o["parking_serial"] == nil && o["plate"] == nil:
		return outcome{}, leftOut("what a server asks a car park to do, which this one does not")
	}
	fields := url.Values{}
	for name, v := range o {
		fields.Set(name, fmt.Sprint(v))
	}
	u, err := s.register(ctx, "4pyun", map[string]any{"app_id": fields.Get("app_id"), "secret": cloudSecret})
	if err != nil {
		return outcome{}, err
	}
	way := "enter"
	if fields.Get("leave_time") != "" {
		way = "leave"
	}
	q := push{path: "/gate/1.0/parking/internal/" + way, contentType: "application/x-www-form-urlencoded", keeps: true}
	return u.signedAnew(ctx, q, fields, func(status int, body []byte) error {
		if got, fine := object(body); status != http.StatusOK || !fine || fmt.Sprint(got["code"]) != "1001" {
			return fmt.Errorf("status %d, not 1001", status)
		}
		return nil
	}, "sign", "&app_secret=")
}

// tdznyun: the vector of the vendor's own page, then the same message signed anew for
// now.
func tdznyun(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, _ := object(p.body)
	text, _ := o["string_to_sign"].(string)
	signed, key, found := strings.Cut(text, "&key=")
	sign, _ := o["sign"].(string)
	if !found || sign == "" {
		return outcome{}, leftOut("no message with its signature")
	}
	fields := url.Values{"sign": {sign}}
	for _, pair := range strings.Split(signed, "&") {
		name, value, _ := strings.Cut(pair, "=")
		fields.Set(name, value)
	}
	if sum := md5.Sum([]byte(text)); !strings.EqualFold(hex.EncodeToString(sum[:]), sign) {
		return outcome{}, leftOut("its signature is not what its page says")
	}
	u, err := s.register(ctx, "tdznyun", map[string]any{"app_id": fields.Get("pid"), "secret": key})
	if err != nil {
		return outcome{}, err
	}
	// The vector is years old, so that it is refused; only its moment may be at fault.
	fields.Set("timestamp", strconv.FormatInt(s.clock.Now().Unix(), 10))
	q := push{contentType: "application/x-www-form-urlencoded", keeps: true, understood: ok()}
	q.body = []byte(md5Signed(fields, "sign", "&key="+key).Encode())
	return u.replay(ctx, q)
}

// signedAnew sends fields as they stand, which must leave nothing, then with the
// signature of this replay.
func (u *unit) signedAnew(ctx context.Context, q push, fields url.Values, understood func(int, []byte) error, name, tail string) (outcome, error) {
	q.body, q.understood = []byte(fields.Encode()), understood
	status, body, err := u.send(ctx, q)
	if err != nil {
		return outcome{}, err
	}
	if understood(status, body) == nil {
		return outcome{answer: string(body)}, fmt.Errorf("a signature that cannot be right was taken")
	}
	if t, err := u.said(ctx); err != nil || len(t.events)+t.passages > 0 {
		return outcome{answer: string(body)}, fmt.Errorf("refused for its signature, and the API shows %s, %v", t, err)
	}
	q.body = []byte(md5Signed(fields, name, tail+cloudSecret).Encode())
	return u.replay(ctx, q)
}

// md5Signed signs sorted fields with the MD5 in capitals of them and a tail.
func md5Signed(fields url.Values, name, tail string) url.Values {
	var pairs []string
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if v := fields.Get(field); field != name && v != "" {
			pairs = append(pairs, field+"="+v)
		}
	}
	sum := md5.Sum([]byte(strings.Join(pairs, "&") + tail))
	out := maps.Clone(fields)
	out.Set(name, strings.ToUpper(hex.EncodeToString(sum[:])))
	return out
}

// szymzh: a callback of 云盟, signed with a secret that is not ours to know: it must be
// refused in the dialect's own words and leave nothing.
func szymzh(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, isJSON := object(p.body)
	if !isJSON || o["Data"] == nil || o["Sign"] == nil {
		return outcome{}, leftOut("no callback")
	}
	u, err := s.register(ctx, "szymzh", map[string]any{"app_id": fmt.Sprint(o["AppId"]), "secret": cloudSecret})
	if err != nil {
		return outcome{}, err
	}
	status, body, err := u.send(ctx, push{contentType: jsonType, body: p.body})
	got := outcome{answer: fmt.Sprintf("%d %s", status, bytes.TrimSpace(body)), refused: "its secret is not known, so its signature cannot be right"}
	if err != nil {
		return got, err
	}
	reply, isReply := object(body)
	if !isReply || reply["ResultCode"] == nil || fmt.Sprint(reply["ResultCode"]) == "200" {
		return got, fmt.Errorf("not refused in the words of the dialect")
	}
	if t, err := u.said(ctx); err != nil || len(t.events)+t.passages > 0 {
		return got, fmt.Errorf("it was refused, and the API shows %s, %v", t, err)
	}
	return got, nil
}
