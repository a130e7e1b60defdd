package gb28181

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	commandCatalog = "Catalog"
	// mostChannels bounds those of one device, mostItems what its answer is counted to,
	// longestName their names in characters.
	mostChannels, mostItems, longestName = 256, 4096, 64
)

// catalogue is an answer that comes in several messages.
type catalogue struct {
	sn string
	// seen are the items that came, those that are left out among them; a message that is
	// sent twice counts once.
	seen     map[string]bool
	channels map[string]channel
}

// item is a channel as MANSCDP has it.
type item struct {
	DeviceID string
	Name     string
	Status   string
}

// channel is what is kept of one.
type channel struct{ name, state string }

// read takes the items of one message; what has no code of its own is left out.
func (c *catalogue) read(items []item, self string) {
	for _, i := range items {
		id := device.Word(i.DeviceID)
		if len(c.seen) < mostItems {
			c.seen[id] = true
		}
		if _, known := c.channels[id]; id == self || !Code(id) || !known && len(c.channels) == mostChannels {
			continue
		}
		state := "channel_unknown"
		switch strings.ToUpper(strings.TrimSpace(i.Status)) {
		case "ON", "OK", "ONLINE":
			state = "channel_on"
		case "OFF", "OFFLINE":
			state = "channel_off"
		}
		c.channels[id] = channel{name: device.Phrase(i.Name, longestName), state: state}
	}
}

// catalogueMessage is one message of a catalogue that was asked for. When it is complete
// each channel that is news is stored as an event, before the 200: an answer that could
// not be stored is sent again.
func (s *Server) catalogueMessage(r *sip.Request, tx sip.ServerTransaction, peer device.Peer, n notify) {
	s.mu.Lock()
	c := s.cared[peer.Serial]
	if c == nil || c.list == nil || c.list.sn != n.SN {
		s.mu.Unlock()
		s.answer(r, tx, sip.StatusOK, "OK") // of a question that was given up
		return
	}
	list, before := c.list, s.channels[peer.ID]
	list.read(n.DeviceList.Item, peer.Serial)
	sum, err := strconv.Atoi(strings.TrimSpace(n.SumNum))
	if err == nil && len(list.seen) < min(sum, mostItems) {
		s.mu.Unlock()
		s.answer(r, tx, sip.StatusOK, "OK")
		return
	}
	now := maps.Clone(list.channels)
	if err != nil {
		// Nobody knows whether it is the whole: what does not stand in it is not gone.
		for id, c := range before {
			if _, there := now[id]; !there && len(now) < mostChannels {
				now[id] = c
			}
		}
	}
	s.mu.Unlock()
	if err := s.store(peer, s.news(before, now)); err != nil {
		s.log.Warn("device not answered", "protocol", model.ProtocolGB28181, "device", peer.ID, "code", model.CodeOf(err))
		s.answer(r, tx, sip.StatusServiceUnavailable, "Service Unavailable")
		return
	}
	s.mu.Lock()
	s.channels[peer.ID] = now
	if err == nil && c.list == list {
		c.list = nil
	}
	s.mu.Unlock()
	s.answer(r, tx, sip.StatusOK, "OK")
}

// news are the channels that are new, other than before, or gone. What was told before a
// restart is told once more a day at most.
func (s *Server) news(before, now map[string]channel) []model.DeviceEvent {
	at := s.clock.Now()
	mark := at.In(device.Zone).Format("20060102")
	if before != nil {
		mark = strconv.FormatInt(model.Millis(at), 10)
	}
	var out []model.DeviceEvent
	tell := func(id string, c channel) {
		e := model.DeviceEvent{Kind: model.DeviceStatus, State: c.state, Native: "gb28181." + commandCatalog, Key: device.Key("channel", id, c.state, c.name, mark),
			Detail: map[string]string{"what": "channel", "channel": id}}
		if c.name != "" {
			e.Detail["name"] = c.name
		}
		out = append(out, e)
	}
	for id, c := range now {
		if before[id] != c {
			tell(id, c)
		}
	}
	for id, c := range before {
		if _, there := now[id]; !there {
			tell(id, channel{name: c.name, state: "channel_gone"})
		}
	}
	return out
}

// store hands events in.
func (s *Server) store(peer device.Peer, events []model.DeviceEvent) error {
	if len(events) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	_, err := s.desk.Take(ctx, peer.ID, events)
	return err
}
