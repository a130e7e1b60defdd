package handler

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	seam "communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// Intake answers devices of other makers, each in its own dialect, on a listener of
// their own. They have no bearer token and no contract of ours: a device is known by
// the unguessable part of its address.
type Intake struct {
	Service  *service.Intake
	Dialects map[string]seam.Dialect
	// Roots are where devices call that cannot be told an address.
	Roots map[string]seam.Root
	// Commands are what devices fetch when they ask.
	Commands *service.Commands
	Log      *slog.Logger
}

const (
	// intakeBody bounds what a device may send: pictures come along that we drop.
	intakeBody = 12 << 20
	// intakePictures bounds it where they are dropped while they come.
	intakePictures = 32 << 20
	// intakeBudget is less than the shortest time that a known device waits.
	intakeBudget = 3 * time.Second
)

// ServeHTTP answers /devices/{protocol}/{path token}/… and the fixed Roots. A stranger
// learns nothing, neither whether a protocol is understood nor whether a device exists.
func (h *Intake) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	dev, rest, known := h.caller(q)
	if !known || h.Dialects[dev.Protocol] == nil {
		http.NotFound(w, q)
		return
	}
	protocol, dialect := dev.Protocol, h.Dialects[dev.Protocol]
	body, err := bodyOf(w, q, dialect)
	if err != nil {
		h.refused(w, dev, seam.Refuse("body", http.StatusRequestEntityTooLarge))
		return
	}
	secret, err := h.Service.Secret(dev)
	if err != nil {
		h.Log.Warn("device not answered", "protocol", protocol, "device", dev.ID, "code", model.CodeOf(err))
		h.refused(w, dev, seam.Refuse("secret", http.StatusServiceUnavailable))
		return
	}
	at := h.Service.Clock.Now()
	message, err := dialect.Read(seam.Request{Method: q.Method, Path: rest, Query: q.URL.Query(), Header: q.Header, Body: body,
		At: at, Device: dev.ID, Serial: dev.Serial, AppID: dev.AppID, Secret: secret, Remote: seam.HostOf(q.RemoteAddr), AuthWord: dev.AuthWord, Areas: dev.Areas})
	var refusal *seam.Refusal
	switch {
	case errors.As(err, &refusal):
		h.refused(w, dev, refusal)
		return
	case err != nil:
		h.refused(w, dev, seam.Refuse("unreadable", http.StatusBadRequest))
		return
	}
	ctx, cancel := context.WithTimeout(q.Context(), intakeBudget)
	defer cancel()
	response, err := h.answer(ctx, dev, message, at)
	switch {
	case model.CodeOf(err) == model.CodeForbidden:
		h.refused(w, dev, seam.Refuse("serial", http.StatusForbidden))
	case err != nil:
		h.Log.Warn("device not answered", "protocol", protocol, "device", dev.ID, "code", model.CodeOf(err))
		write(w, message.Busy)
	default:
		write(w, response)
	}
}

// bodyOf reads what a device sent; a dialect that drops pictures never holds them.
func bodyOf(w http.ResponseWriter, q *http.Request, dialect seam.Dialect) ([]byte, error) {
	if slim, ok := dialect.(seam.Slimmer); ok {
		return slim.Slim(http.MaxBytesReader(w, q.Body, intakePictures))
	}
	return io.ReadAll(http.MaxBytesReader(w, q.Body, intakeBody))
}

// answer stores what was said at an instant and makes the answer: that a device was
// heard, what became of its commands, and the next one when it asks.
func (h *Intake) answer(ctx context.Context, dev *service.DeviceView, m seam.Message, at time.Time) (seam.Response, error) {
	answers, err := h.Service.Take(ctx, dev, m.Serial, m.Events)
	if err != nil {
		return seam.Response{}, err
	}
	if err := h.Service.Heard(ctx, dev, m.Clock, m.Software); err != nil {
		// Somebody may stand at the door: that the device lives is told again soon.
		h.Log.Warn("device heard, not noted", "device", dev.ID, "code", model.CodeOf(err))
	}
	if err := h.Commands.Report(ctx, dev, m.Results); err != nil {
		return seam.Response{}, err
	}
	if m.Took {
		if err := h.Commands.Took(ctx, dev, at); err != nil {
			return seam.Response{}, err
		}
	}
	if m.Open != nil {
		return m.Open.Answer(h.open(ctx, dev, m.Open, answers)), nil
	}
	if m.Order != nil {
		c, found, err := h.Commands.FetchWithin(ctx, dev, m.Patience)
		if err != nil {
			return seam.Response{}, err
		}
		if found {
			response, ok := m.Order(c)
			if ok {
				return response, nil
			}
			if err := h.Commands.Refused(ctx, c); err != nil {
				return seam.Response{}, err
			}
		}
	}
	if m.Look != nil && len(answers) == 1 && !answers[0].Admitted() {
		// The question is answered in any case: somebody stands there.
		if _, found, err := h.Commands.FetchKind(ctx, dev, model.CommandLook); err == nil && found {
			return m.Look(answers), nil
		}
	}
	return m.Reply(answers), nil
}

// open has a door opened for an outside system; one that has asked for that before hears
// what came of it then.
func (h *Intake) open(ctx context.Context, by *service.DeviceView, o *seam.Opening, answers []model.DeviceAnswer) model.CommandOutcome {
	repeated := len(answers) == 0 || answers[0].Duplicate
	c, err := h.Commands.OpenFor(ctx, by, service.OutsideOrder{DeviceID: o.Device, Task: o.Task, Repeated: repeated})
	var refusal *model.Error
	switch {
	case err == nil:
		return model.CommandOutcome{State: c.State, Code: c.AnswerCode}
	case errors.As(err, &refusal) && refusal.State != "":
		return model.Failed(refusal.State)
	}
	return model.Failed(string(model.CodeOf(err)))
}

// caller is the device that a request is from, and what follows its address.
func (h *Intake) caller(q *http.Request) (dev *service.DeviceView, rest string, known bool) {
	for root, r := range h.Roots {
		if strings.HasPrefix(q.URL.Path, root+"/") {
			dev, known = h.Service.KnownBySerial(r.Protocol, r.Named(q.URL.Query(), q.Header))
			return dev, q.URL.Path, known
		}
	}
	protocol, token, rest := deviceAddress(q.URL.Path)
	dev, known = h.Service.Known(protocol, token)
	return dev, rest, known
}

// refused answers what makes no sense, and says so in the log without quoting it.
func (h *Intake) refused(w http.ResponseWriter, dev *service.DeviceView, r *seam.Refusal) {
	h.Log.Warn("device request refused", "protocol", dev.Protocol, "device", dev.ID, "reason", r.Reason)
	write(w, r.Response)
}

func write(w http.ResponseWriter, r seam.Response) {
	if r.ContentType != "" {
		w.Header().Set("Content-Type", r.ContentType)
	}
	if r.Challenge != "" {
		w.Header().Set("WWW-Authenticate", r.Challenge)
	}
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(r.Body) // a device that has hung up asks again
}

// deviceAddress takes an address apart; rest begins with a slash or is empty.
func deviceAddress(path string) (protocol, token, rest string) {
	path, ok := strings.CutPrefix(path, "/devices/")
	if !ok {
		return "", "", ""
	}
	protocol, path, _ = strings.Cut(path, "/")
	token, rest, more := strings.Cut(path, "/")
	if more {
		rest = "/" + rest
	}
	return protocol, token, rest
}
