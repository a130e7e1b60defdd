package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/icholy/digest"
)

// viidID is what the replayed device is called where its payload does not say.
const viidID = "32050500001320000007"

// viid: a message of GA/T 1400 to /VIID, from a device that registered by digest. Faces
// must be refused in the dialect's own words and leave nothing.
func viid(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, isJSON := object(p.body)
	path, keeps := "", false
	switch {
	case !isJSON:
		return outcome{}, leftOut("no JSON object")
	case o["RegisterObject"] != nil:
		path = "/VIID/System/Register"
	case o["KeepaliveObject"] != nil:
		path = "/VIID/System/Keepalive"
	case o["UnRegisterObject"] != nil:
		path = "/VIID/System/UnRegister"
	case o["MotorVehicleListObject"] != nil:
		path, keeps = "/VIID/MotorVehicles", true
	case o["FaceListObject"] != nil:
		path = "/VIID/Faces"
	case o["ResponseStatusListObject"] != nil, o["ResponseStatusObject"] != nil:
		return viidAnswered(ctx, s, o)
	default:
		return outcome{}, leftOut("what a platform asks, which this one does not")
	}
	u, err := s.register(ctx, "viid", map[string]any{"serial": viidID, "secret": cameraPassword})
	if err != nil {
		return outcome{}, err
	}
	defer u.revoke(ctx)
	if status, body, err := u.viid(ctx, "/VIID/System/Register", []byte(`{"RegisterObject":{"DeviceID":"`+viidID+`"}}`)); err != nil || status != http.StatusOK {
		return outcome{answer: string(body)}, fmt.Errorf("registering by digest: %d, %v", status, err)
	}
	status, body, err := u.viid(ctx, path, renamed(p.body, o))
	got := outcome{answer: fmt.Sprintf("%d %s", status, body)}
	if err != nil {
		return got, err
	}
	code := statusCode(body)
	t, err := u.said(ctx)
	switch {
	case err != nil:
		return got, err
	case path == "/VIID/Faces" && (code == "0" || t.beside("status") > 0):
		return got, fmt.Errorf("faces were taken: %s", t)
	case path == "/VIID/Faces":
		got.refused = "faces are not kept"
		return got, nil
	case status != http.StatusOK || code != "0":
		return got, fmt.Errorf("the device wants StatusCode 0")
	case keeps && t.beside("status")+t.passages == 0:
		return got, fmt.Errorf("it was answered, and the API shows nothing of it")
	}
	got.heard = t.String()
	return got, nil
}

// renamed lets the payload come from the device that this replay registered.
func renamed(body []byte, o map[string]any) []byte {
	for _, name := range []string{"RegisterObject", "KeepaliveObject", "UnRegisterObject"} {
		if m, ok := o[name].(map[string]any); ok {
			if id, _ := m["DeviceID"].(string); id != "" {
				return []byte(strings.ReplaceAll(string(body), id, viidID))
			}
		}
	}
	return body
}

// viid posts as the replayed device, by digest.
func (u *unit) viid(ctx context.Context, path string, body []byte) (int, []byte, error) {
	return u.viidAs(ctx, viidID, path, body)
}

// viidAs posts as the device with that code, by digest.
func (u *unit) viidAs(ctx context.Context, id, path string, body []byte) (int, []byte, error) {
	c := &http.Client{Transport: &digest.Transport{Username: id, Password: cameraPassword}, Timeout: perFile}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(u.stage.DeviceURL, "/")+path, strings.NewReader(string(body)))
	if err != nil {
		return 0, nil, err
	}
	q.Header.Set("Content-Type", "application/VIID+JSON")
	q.Header.Set("User-Identify", id)
	a, err := c.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	got, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	return a.StatusCode, got, err
}

// statusCode is the first one of a reply, whether it stands alone or in a list.
func statusCode(body []byte) string {
	type one struct {
		StatusCode json.RawMessage
	}
	var reply struct {
		ResponseStatusObject     one
		ResponseStatusListObject struct{ ResponseStatusObject []one }
	}
	if json.Unmarshal(body, &reply) != nil {
		return ""
	}
	code := reply.ResponseStatusObject.StatusCode
	if list := reply.ResponseStatusListObject.ResponseStatusObject; len(list) > 0 {
		code = list[0].StatusCode
	}
	return strings.Trim(string(code), `"`)
}
