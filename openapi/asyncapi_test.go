package openapi_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/device/lift"
	commands "communitypass.cn/communitypass/lift"

	"github.com/goccy/go-yaml"
)

// TestTheContractOfLiftsIsWhole: AsyncAPI 3.0 with what a maker of controllers relies
// on, and the topics that the code speaks.
func TestTheContractOfLiftsIsWhole(t *testing.T) {
	text, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		AsyncAPI string `yaml:"asyncapi"`
		Info     struct{ Title, Version string }
		Channels map[string]struct {
			Address  string
			Messages map[string]any
		}
		Operations map[string]struct {
			Action   string
			Channel  map[string]string
			Bindings struct {
				MQTT struct {
					QoS    int  `yaml:"qos"`
					Retain bool `yaml:"retain"`
					Expiry int  `yaml:"messageExpiryInterval"`
				} `yaml:"mqtt"`
			}
		}
		Components struct {
			Messages, Schemas, CorrelationIds, Parameters map[string]any
		}
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.AsyncAPI != "3.0.0" || doc.Info.Title == "" || doc.Info.Version == "" {
		t.Errorf("it is %q, %+v", doc.AsyncAPI, doc.Info)
	}
	var below []string
	for name, c := range doc.Channels {
		topic, ok := strings.CutPrefix(c.Address, "communitypass/{device}/")
		if !ok || len(c.Messages) == 0 {
			t.Errorf("channel %s: %+v", name, c)
		}
		below = append(below, topic)
	}
	for _, topic := range []string{commands.TopicCall, commands.TopicCancel, commands.TopicHold, commands.TopicRights, lift.TopicEvents, lift.TopicState} {
		if !slices.Contains(below, topic) {
			t.Errorf("no channel is %s", topic)
		}
	}
	for name, o := range doc.Operations {
		command := o.Action == "send"
		if mqtt := o.Bindings.MQTT; command && (mqtt.Retain || mqtt.Expiry < 1 || mqtt.Expiry > 20 || mqtt.QoS != 1) {
			t.Errorf("the command %s is %+v", name, mqtt)
		}
		if o.Action != "send" && o.Action != "receive" || doc.Channels[strings.TrimPrefix(o.Channel["$ref"], "#/channels/")].Address == "" {
			t.Errorf("operation %s: %+v", name, o)
		}
	}
	if !doc.Operations["receiveState"].Bindings.MQTT.Retain {
		t.Error("the state is not retained")
	}
}
