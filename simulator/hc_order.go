package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// HCDoors is HC's side of its orders: it signs in below the address that it was given,
// and has doors opened.
type HCDoors struct {
	// Address is where the extApi is, with the token of the device in it.
	Address          string
	AppID, AppSecret string
	Client           *http.Client
}

// HCAnswer is what the extApi says.
type HCAnswer struct {
	Code int             `json:"code"`
	Msg  string          `json:"msg"`
	Data json.RawMessage `json:"data"`
}

// Open signs in and orders a door open under a task of its own.
func (d HCDoors) Open(ctx context.Context, machine, task string) (HCAnswer, error) {
	in, err := d.ask(ctx, http.MethodGet, "/extApi/auth/getAccessToken?"+url.Values{"appId": {d.AppID}, "appSecret": {d.AppSecret}}.Encode(), "", nil)
	if err != nil {
		return HCAnswer{}, err
	}
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(in.Data, &got) != nil || got.AccessToken == "" {
		return HCAnswer{}, errors.New("no access token")
	}
	body, err := json.Marshal(map[string]string{"machineCode": machine, "taskId": task})
	if err != nil {
		return HCAnswer{}, err
	}
	return d.ask(ctx, http.MethodPost, "/extApi/machine/openDoor", got.AccessToken, body)
}

func (d HCDoors) ask(ctx context.Context, method, path, token string, body []byte) (out HCAnswer, err error) {
	q, err := http.NewRequestWithContext(ctx, method, d.Address+path, bytes.NewReader(body))
	if err != nil {
		return out, errors.New("the address is none") // it holds a token
	}
	q.Header.Set("access_token", token)
	r, err := d.Client.Do(q)
	if err != nil {
		return out, errors.New("no answer")
	}
	defer func() { _ = r.Body.Close() }()
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, propertyBody)).Decode(&out); err != nil {
		return out, fmt.Errorf("status %d: %w", r.StatusCode, err)
	}
	return out, nil
}
