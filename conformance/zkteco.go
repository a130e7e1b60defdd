package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// positional is a line of the attendance dialect: a person, a time, numbers.
var positional = regexp.MustCompile(`^[0-9A-Za-z]+\t[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\t`)

// iclockOpen is the order to open a door for some seconds.
var iclockOpen = regexp.MustCompile(`^C:[0-9]+:CONTROL DEVICE 01[0-9A-F]{2}01[0-9A-F]{2}$`)

// zkteco: what a device posts below /iclock. A file may hold several messages with
// --- between them; those of the server are held against its own.
func zkteco(ctx context.Context, s *stage, p payload) (outcome, error) {
	serial := fmt.Sprintf("REPLAY%04d", s.made+1)
	var u *unit
	var last outcome
	var left leftOut
	var heard []string
	for _, part := range strings.Split(strings.ReplaceAll(string(p.body), "\r\n", "\n"), "\n---\n") {
		part = strings.TrimRight(part, "\n")
		q, sent := iclock(part, serial)
		if !sent {
			said, err := iclockSaid(ctx, s, part)
			if errors.As(err, &left) {
				continue
			}
			if last = said; err != nil {
				return last, err
			}
			heard = append(heard, said.heard)
			continue
		}
		if u == nil {
			var err error
			if u, err = s.register(ctx, "zkteco", map[string]any{"serial": serial}); err != nil {
				return outcome{}, err
			}
		}
		var err error
		if last, err = u.replay(ctx, q); err != nil {
			return last, err
		}
		heard = append(heard, last.became())
	}
	if len(heard) == 0 {
		return outcome{}, left
	}
	last.heard, last.refused = strings.Join(heard, ", "), ""
	return last, nil
}

// iclock is the request that a body belongs to.
func iclock(body, serial string) (push, bool) {
	sn := url.Values{"SN": {serial}}
	q := push{contentType: "application/push;charset=UTF-8", body: []byte(body + "\r\n"), keeps: true, understood: oneOf("OK")}
	switch {
	case strings.Contains(body, "AUTH=") || strings.HasPrefix(body, "C:") || strings.Contains(body, "ServerVersion=") || strings.HasPrefix(body, "RegistryCode="):
		return q, false
	case strings.Contains(body, "sensor="):
		q.path, q.query = "/cdata", with(sn, "table", "rtstate")
	case strings.HasPrefix(body, "ID=") && strings.Contains(body, "Return="):
		q.path, q.query, q.keeps = "/devicecmd", sn.Encode(), false
	case strings.Contains(body, "time_second="):
		n := len(strings.Split(strings.TrimSpace(body), "\n"))
		sn.Set("table", "tabledata")
		q.path, q.query = "/cdata", with(sn, "tablename", "transaction")
		q.understood = oneOf("OK", fmt.Sprintf("transaction=%d", n))
	case strings.Contains(body, "eventaddr=") && strings.Contains(body, "verifytype="):
		q.path, q.query = "/cdata", with(sn, "table", "rtlog")
	case positional.MatchString(body):
		n := len(strings.Split(strings.TrimSpace(body), "\n"))
		q.path, q.query = "/cdata", with(sn, "table", "ATTLOG")
		q.understood = oneOf("OK", fmt.Sprintf("OK: %d", n))
	case strings.Contains(body, "IRTempDetectionFunOn") || strings.Contains(body, "DeviceType="):
		q.path, q.query, q.keeps, q.understood = "/registry", sn.Encode(), false, registered
	default:
		return q, false
	}
	return q, true
}

func with(v url.Values, name, value string) string {
	v.Set(name, value)
	return v.Encode()
}

// registered wants a code of at most 32 characters and nothing around it: the device
// takes "OK" for "not yet", and asks for ever.
func registered(status int, body []byte) error {
	code, found := bytes.CutPrefix(body, []byte("RegistryCode="))
	if status != http.StatusOK || !found || len(code) == 0 || len(code) > 32 || bytes.ContainsAny(code, "\r\n ") {
		return fmt.Errorf("status %d, no bare RegistryCode", status)
	}
	return nil
}
