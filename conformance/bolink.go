package conformance

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// bolink: a record of 泊链, signed anew; or what the cloud answers, which is held against
// what the server answers to a wrong signature, or to a good one.
func bolink(ctx context.Context, s *stage, p payload) (outcome, error) {
	raw := p.body
	if decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(raw)), "")); err == nil {
		raw = decoded
	}
	o, isJSON := object(raw)
	for _, value := range o { // a file may hold it under a name that explains it
		if inner, isObject := value.(map[string]any); isObject && inner["data"] != nil && o["data"] == nil {
			o = inner
			break
		}
	}
	data, isObject := o["data"].(map[string]any)
	if inner, isText := o["data"].(string); isText {
		data, isObject = object([]byte(inner))
	}
	if !isJSON || !isObject {
		return outcome{}, leftOut("neither a record nor an answer")
	}
	park := fmt.Sprint("played-", s.made)
	if id := firstText(data["park_id"], data["comid"]); id != "" {
		park = id
	}
	u, err := s.register(ctx, "bolink", map[string]any{"app_id": park, "secret": cloudSecret})
	if err != nil {
		return outcome{}, err
	}
	q := push{contentType: "text/plain", keeps: true}
	if data["state"] != nil && data["message"] != nil {
		asked := map[string]any{"service_name": "in_park", "park_id": park, "car_number": "京APL780", "in_time": s.clock.Now().Unix(), "order_id": s.serial("played")}
		key, sentence := cloudSecret, "the answer to an entry"
		if fmt.Sprint(data["state"]) != "1" {
			key, sentence = "another", "the refusal of a wrong signature"
		}
		status, body, err := u.send(ctx, bolinkSigned(q, asked, key))
		if err != nil || status != http.StatusOK {
			return outcome{answer: string(body)}, fmt.Errorf("status %d, %v", status, err)
		}
		answer, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(body)))
		if err != nil {
			return outcome{answer: string(body)}, errors.New("the answer is no Base64")
		}
		f := form{}
		if state := fmt.Sprint(data["state"]); state == "0" || state == "1" {
			f.fixed = []string{"data.state"}
		}
		return f.against(sentence, map[string]any{"sign": o["sign"], "data": data}, answer)
	}
	q.understood = func(status int, body []byte) error {
		answer, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(body)))
		if err != nil {
			return errors.New("the answer is no Base64")
		}
		return ok(`"state":1`)(status, answer)
	}
	return u.replay(ctx, bolinkSigned(q, data, cloudSecret))
}

func firstText(values ...any) string {
	for _, v := range values {
		if t := wordOf(v); t != "" {
			return t
		}
	}
	return ""
}

// bolinkSigned is a record with the signature of a key, as 泊链 sends it.
func bolinkSigned(q push, data map[string]any, key string) push {
	inner := mustJSON(data)
	sum := md5.Sum([]byte(string(inner) + key))
	whole := mustJSON(map[string]any{"data": json.RawMessage(inner), "sign": strings.ToUpper(hex.EncodeToString(sum[:]))})
	q.body = []byte(base64.StdEncoding.EncodeToString(whole))
	return q
}
