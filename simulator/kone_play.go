package simulator

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/coder/websocket"
)

// koneWords are what a KONE was given to say instead of its own words.
type koneWords struct {
	answers []map[string]any
	session string
	config  map[string]any
}

// AnswerCalls has it answer every call with these messages, whatever they say, under the
// number of the call; none is its own answer again.
func (k *KONE) AnswerCalls(with []map[string]any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.words.answers = with
}

// NameSession names the next sessions.
func (k *KONE) NameSession(id string) { k.mu.Lock(); defer k.mu.Unlock(); k.words.session = id }

// Plan replaces its building.
func (k *KONE) Plan(config map[string]any) { k.mu.Lock(); defer k.mu.Unlock(); k.words.config = config }

// Heard is what clients said, in its order.
func (k *KONE) Heard() []map[string]any {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.heard)
}

// LastRide is the session of the call that it answered last.
func (k *KONE) LastRide() int64 { k.mu.Lock(); defer k.mu.Unlock(); return k.rides }

// heardMost bounds what is kept of what clients said.
const heardMost = 1024

func (k *KONE) keep(text []byte) {
	var said map[string]any
	if json.Unmarshal(text, &said) != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.heard) < heardMost {
		k.heard = append(k.heard, said)
	}
}

// answerAs says what it was given about a call, with the numbers of that call.
func (k *KONE) answerAs(ctx context.Context, c *websocket.Conn, request int64) {
	for _, given := range k.words.answers {
		m := maps.Clone(given)
		if _, there := m["requestId"]; there {
			m["requestId"] = strconv.FormatInt(request, 10)
		}
		if data, ok := m["data"].(map[string]any); ok {
			data = maps.Clone(data)
			if _, there := data["request_id"]; there {
				data["request_id"] = request
			}
			if _, there := data["session_id"]; there {
				data["session_id"] = k.rides
			}
			m["data"] = data
		}
		say(ctx, c, m)
	}
}
