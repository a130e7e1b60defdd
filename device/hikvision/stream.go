package hikvision

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	alertStream = "/ISAPI/Event/notification/alertStream"
	acsEvents   = "/ISAPI/AccessControl/AcsEvent?format=json"
	// quiet is how long a stream may say nothing: a heartbeat comes every ten seconds.
	quiet = 45 * time.Second
	// pageOfRecords is how many records are asked for at once, mostPages how many pages
	// of one gap.
	pageOfRecords = 30
	mostPages     = 400
)

// Told is what a device said on its stream, or had kept.
type Told struct {
	device.Message
	// Record is the controller's own number of the event, 0 when it has none.
	Record int64
}

// Listener listens to the streams of Hikvision devices and asks for what was missed.
type Listener struct {
	caller  *device.Caller
	dialect *Dialect
	clock   model.Clock
}

// NewListener makes the listener; dialect is the one that also reads what devices push.
func NewListener(c *device.Caller, d *Dialect, clock model.Clock) *Listener {
	return &Listener{caller: c, dialect: d, clock: clock}
}

// Listen hands on what a device says until the stream breaks, ctx ends or hear fails.
// begun is called when the device has answered. Nothing that comes by the stream opens
// a door: there is nobody to answer to.
func (l *Listener) Listen(ctx context.Context, dev *model.Device, to model.DeviceContact, begun func() error, hear func(Told) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	header, body, err := l.caller.Listen(ctx, to, alertStream)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	silence := time.AfterFunc(quiet, cancel)
	defer silence.Stop()
	if err := begun(); err != nil {
		return err
	}
	_, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return fmt.Errorf("stream: %w", device.ErrNoAnswer)
	}
	parts := multipart.NewReader(bufio.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return errors.Join(device.ErrNoAnswer, ctx.Err())
		}
		silence.Reset(quiet)
		text, err := content(part)
		if err != nil {
			return device.ErrNoAnswer
		}
		if text == nil {
			continue
		}
		m, err := l.read(dev, part.Header, text)
		if err != nil {
			continue // what cannot be read is no reason to hear nothing more
		}
		if err := hear(m); err != nil {
			return err
		}
	}
}

// content is the text of a part, nil for a picture. Where the part says how long it is,
// nothing is waited for: the next part may be ten seconds away.
func content(part *multipart.Part) ([]byte, error) {
	kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
	length, err := strconv.ParseInt(part.Header.Get("Content-Length"), 10, 64)
	switch {
	case strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/"):
		_, err := io.Copy(io.Discard, io.LimitReader(part, longestBody))
		return nil, err
	case err == nil && length >= 0 && length <= longestDocument:
		text := make([]byte, length)
		_, err := io.ReadFull(part, text)
		return text, err
	}
	return io.ReadAll(io.LimitReader(part, longestDocument))
}

func (l *Listener) read(dev *model.Device, header textproto.MIMEHeader, text []byte) (Told, error) {
	r := device.Request{Method: http.MethodPost, Header: http.Header(header).Clone(), Body: text, At: l.clock.Now(), Device: dev.ID, Serial: dev.Serial}
	r.Header.Del("Content-Encoding")
	m, err := l.dialect.Read(r)
	if err != nil {
		return Told{}, err
	}
	for i := range m.Events {
		m.Events[i].Live = false
	}
	out := Told{Message: m}
	if documents, refusal := read(text, ""); refusal == nil && len(documents) == 1 {
		if acs := unwrapped(documents[0]).one(accessEvent); acs != nil {
			out.Record = max(acs.number("serialNo"), 0)
		}
	}
	return out, nil
}

// Missed hands on what a controller has kept from one record to another, both
// included, in its order; to 0 is to the last. Every one is a replay: none opens.
func (l *Listener) Missed(ctx context.Context, dev *model.Device, to model.DeviceContact, from, until int64, hear func(Told) error) error {
	position := 0
	search := model.NewID(l.clock.Now())
	for range mostPages {
		page, more, err := l.page(ctx, to, search, position, from, until)
		if err != nil {
			return err
		}
		for _, record := range page {
			told, err := l.kept(dev, record)
			if err != nil {
				continue
			}
			if err := hear(told); err != nil {
				return err
			}
		}
		if position += len(page); !more || len(page) == 0 {
			return nil
		}
	}
	return nil // the rest with the next connection
}

func (l *Listener) page(ctx context.Context, to model.DeviceContact, search string, position int, from, until int64) (page []map[string]any, more bool, err error) {
	cond := map[string]any{"searchID": search, "searchResultPosition": position, "maxResults": pageOfRecords, "major": 0, "minor": 0, "beginSerialNo": from}
	if until > 0 {
		cond["endSerialNo"] = until
	}
	question, err := json.Marshal(map[string]any{"AcsEventCond": cond})
	if err != nil {
		return nil, false, err
	}
	answer, err := l.caller.Ask(ctx, to, http.MethodPost, acsEvents, "application/json", question)
	if err != nil {
		return nil, false, err
	}
	var said struct {
		AcsEvent struct {
			ResponseStatusStrg string           `json:"responseStatusStrg"`
			InfoList           []map[string]any `json:"InfoList"`
		} `json:"AcsEvent"`
	}
	decoder := json.NewDecoder(strings.NewReader(string(answer.Body)))
	decoder.UseNumber()
	if answer.Status != http.StatusOK || decoder.Decode(&said) != nil {
		return nil, false, device.ErrNoAnswer
	}
	return said.AcsEvent.InfoList, said.AcsEvent.ResponseStatusStrg == "MORE", nil
}

// kept reads a record as the event that it was: the same words, but for major and minor.
func (l *Listener) kept(dev *model.Device, record map[string]any) (Told, error) {
	record["majorEventType"], record["subEventType"], record["currentEvent"] = record["major"], record["minor"], false
	delete(record, "remoteCheck")
	alert := map[string]any{"eventType": accessEvent, "eventState": "active", "channelID": 1, "dateTime": record["time"], accessEvent: record}
	text, err := json.Marshal(alert)
	if err != nil {
		return Told{}, err
	}
	told, err := l.read(dev, textproto.MIMEHeader{"Content-Type": {"application/json"}}, text)
	for i := range told.Events {
		if told.Events[i].Detail != nil {
			told.Events[i].Detail["replay"] = "yes"
		}
	}
	return told, err
}
