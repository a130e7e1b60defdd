package conformance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	hcAppID  = "replayed"
	hcSecret = "replayed-secret-of-hc"
)

// hc: a callback of an HC hub, which is taken, or an order of the property system about
// people, which is answered for what it is: not carried out.
func hc(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, isJSON := object(p.body)
	switch {
	case !isJSON || o["code"] != nil && o["msg"] != nil && o["taskId"] == nil:
		return outcome{}, leftOut("what a server answers")
	case o["machineCode"] == nil && o["extMachineId"] == nil && o["taskId"] == nil:
		return outcome{}, leftOut("about no device")
	}
	u, err := s.register(ctx, "hc", map[string]any{"app_id": hcAppID, "secret": hcSecret})
	if err != nil {
		return outcome{}, err
	}
	q := push{contentType: jsonType, body: p.body, keeps: true, nameless: true, path: "/callback", understood: ok(`"code":0`)}
	order := ""
	switch {
	case o["personType"] != nil:
		order = "/extApi/user/addUser"
	case o["userId"] == nil && o["heartbeatTime"] == nil && o["dateTime"] == nil && o["code"] == nil:
		order, q.keeps = "/extApi/machine/openDoor", false // of a device that is not here
	default:
		return u.replay(ctx, q)
	}
	token, err := u.hcToken(ctx)
	if err != nil {
		return outcome{}, err
	}
	q.path, q.header = order, map[string]string{"access_token": token}
	q.understood = func(status int, body []byte) error {
		if got, fine := object(body); status != http.StatusOK || !fine || fmt.Sprint(got["code"]) == "0" {
			return fmt.Errorf("status %d: an order that is not carried out must not be answered 0", status)
		}
		return nil
	}
	return u.replay(ctx, q)
}

// hcToken signs in to the extApi.
func (u *unit) hcToken(ctx context.Context) (string, error) {
	query := url.Values{"appId": {hcAppID}, "appSecret": {hcSecret}}
	status, body, err := u.send(ctx, push{method: http.MethodGet, path: "/extApi/auth/getAccessToken", query: query.Encode()})
	if err != nil {
		return "", err
	}
	got, _ := object(body)
	data, _ := got["data"].(map[string]any)
	token, _ := data["access_token"].(string)
	if status != http.StatusOK || token == "" || strings.TrimSpace(token) != token {
		return "", fmt.Errorf("no access token: %d %.90s", status, bytes.TrimSpace(body))
	}
	return token, nil
}
