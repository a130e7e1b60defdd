package conformance

import (
	"context"
	"encoding/json"

	"github.com/eclipse/paho.golang/paho"
)

// Reader is a VGuang reader on a broker (DW200 firmware).
type Reader struct {
	serial  string
	answers chan *paho.Publish
	client  *paho.Client
}

// NewReader connects a reader of a serial to the broker mqtt://host:port with the login
// that its registration gave.
func NewReader(ctx context.Context, broker, name, password, serial string) (*Reader, error) {
	answers, client, err := onBroker(ctx, broker, name, password, "access_device/v1/event/"+serial+"/+")
	if err != nil {
		return nil, err
	}
	return &Reader{serial, answers, client}, nil
}

// Close says good-bye to the broker.
func (r *Reader) Close() { _ = r.client.Disconnect(&paho.Disconnect{}) }

// Ask shows a code at a moment in Unix seconds and gives the code of the answer, "000000"
// to open. The same number, code and moment are the same question, sent once more.
func (r *Reader) Ask(ctx context.Context, number, code string, at int64) (string, error) {
	body, err := json.Marshal(map[string]any{"serialNo": number, "uuid": r.serial, "sign": "", "time": at,
		"data": map[string]any{"id": "-1", "type": 100, "code": code, "time": at, "result": 0}})
	if err != nil {
		return "", err
	}
	if _, err := r.client.Publish(ctx, &paho.Publish{Topic: "access_device/v1/event/access_online", QoS: 1, Payload: body}); err != nil {
		return "", err
	}
	said, err := replyTo(ctx, r.answers, "access_device/v1/event/"+r.serial+"/access_online_reply", number)
	if err != nil {
		return "", err
	}
	var answer struct {
		Code string `json:"code"`
	}
	err = json.Unmarshal([]byte(said), &answer)
	return answer.Code, err
}
