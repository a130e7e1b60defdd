package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/eclipse/paho.golang/paho"
)

// mqttPatience is how long a reader waits for its answer.
const mqttPatience = 3 * time.Second

// vguangBroker: what a DW200 publishes. Questions and events are answered by a topic of
// their own with the same number; heartbeat and last will are not.
func vguangBroker(ctx context.Context, s *stage, p payload) (outcome, error) {
	var file struct {
		Topic   string          `json:"topic"`
		QoS     byte            `json:"qos"`
		Payload json.RawMessage `json:"payload"`
	}
	var told struct {
		SerialNo string `json:"serialNo"`
		UUID     string `json:"uuid"`
	}
	if json.Unmarshal(p.body, &file) != nil || json.Unmarshal(file.Payload, &told) != nil || !strings.HasPrefix(file.Topic, "access_device/v1/") {
		return outcome{}, leftOut("no publication")
	}
	event, isEvent := strings.CutPrefix(file.Topic, "access_device/v1/event/")
	if !isEvent || strings.Contains(event, "/") {
		return outcome{}, leftOut("what the server publishes, or the answer to it")
	}
	u, err := s.register(ctx, "vguang-mqtt", map[string]any{"serial": told.UUID})
	if err != nil {
		return outcome{}, err
	}
	defer u.revoke(ctx)
	answers, client, err := u.connect(ctx, told.UUID)
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = client.Disconnect(&paho.Disconnect{}) }()
	if _, err := client.Publish(ctx, &paho.Publish{Topic: file.Topic, QoS: max(file.QoS, 1), Payload: file.Payload}); err != nil {
		return outcome{}, err
	}
	var o outcome
	if event != "heartbeat" && event != "offline" {
		if o.answer, err = replyTo(ctx, answers, "access_device/v1/event/"+told.UUID+"/"+event+"_reply", told.SerialNo); err != nil {
			return o, err
		}
	}
	return u.heardOf(ctx, o, event != "heartbeat")
}

// heardOf asks the API until it shows something, where it is to.
func (u *unit) heardOf(ctx context.Context, o outcome, keeps bool) (outcome, error) {
	for try := 0; ; try++ {
		t, err := u.said(ctx)
		if err != nil {
			return o, err
		}
		if o.heard = t.String(); !keeps || len(t.events)+t.passages > 0 {
			return o, nil
		}
		select {
		case <-ctx.Done():
			return o, ctx.Err()
		case <-time.After(50 * time.Millisecond):
			if try == 60 {
				return o, fmt.Errorf("the API shows nothing of it")
			}
		}
	}
}

// connect logs the reader in on the broker, and subscribes to what is for it.
func (u *unit) connect(ctx context.Context, serial string) (chan *paho.Publish, *paho.Client, error) {
	return u.online(ctx, "access_device/v1/event/"+serial+"/+")
}

// online logs a device in on the broker and subscribes to its filters. What it hears is
// in the channel until that is full.
func (u *unit) online(ctx context.Context, filters ...string) (chan *paho.Publish, *paho.Client, error) {
	login, _ := u.registered["mqtt"].(map[string]any)
	name, _ := login["username"].(string)
	password, _ := login["password"].(string)
	return onBroker(ctx, u.stage.MQTTURL, name, password, filters...)
}

// onBroker is online for a device that was given a login, on the broker mqtt://host:port.
func onBroker(ctx context.Context, broker, name, password string, filters ...string) (chan *paho.Publish, *paho.Client, error) {
	address, err := url.Parse(broker)
	if err != nil || address.Host == "" {
		return nil, nil, leftOut("the server says no broker")
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address.Host)
	if err != nil {
		return nil, nil, err
	}
	heard := make(chan *paho.Publish, 64)
	client := paho.NewClient(paho.ClientConfig{Conn: c, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(r paho.PublishReceived) (bool, error) {
			select {
			case heard <- r.Packet:
			default: // nobody listens
			}
			return true, nil
		}}})
	if _, err := client.Connect(ctx, &paho.Connect{ClientID: name, CleanStart: true, KeepAlive: 30, UsernameFlag: true, Username: name,
		PasswordFlag: true, Password: []byte(password)}); err != nil {
		return nil, nil, fmt.Errorf("the broker does not let it in: %w", err)
	}
	var wishes []paho.SubscribeOptions
	for _, filter := range filters {
		wishes = append(wishes, paho.SubscribeOptions{Topic: filter, QoS: 1})
	}
	_, err = client.Subscribe(ctx, &paho.Subscribe{Subscriptions: wishes})
	return heard, client, err
}

// replyTo waits for the answer with the number of what was asked.
func replyTo(ctx context.Context, answers chan *paho.Publish, topic, number string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, mqttPatience)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no answer on %s", topic)
		case a := <-answers:
			var got struct {
				SerialNo string `json:"serialNo"`
			}
			if strings.HasSuffix(a.Topic, topic) && json.Unmarshal(a.Payload, &got) == nil && got.SerialNo == number {
				return string(a.Payload), nil
			}
		}
	}
}
