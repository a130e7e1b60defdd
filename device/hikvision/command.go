package hikvision

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	doorCapabilities = "/ISAPI/AccessControl/RemoteControl/door/capabilities"
	systemReboot     = "/ISAPI/System/reboot"
	// capabilitiesFor is how long what a device can do is believed.
	capabilitiesFor = time.Hour
)

// Doors opens doors of Hikvision devices by ISAPI. It is safe for concurrent use.
type Doors struct {
	caller *device.Caller
	clock  model.Clock

	mu    sync.Mutex
	known map[string]doorAbility // by device and address
}

// doorAbility is what a device wants of the order to open a door.
type doorAbility struct {
	open                   bool
	channelNo, controlType bool
	until                  time.Time
}

// NewDoors makes the carrier.
func NewDoors(c *device.Caller, clock model.Clock) *Doors {
	return &Doors{caller: c, clock: clock, known: map[string]doorAbility{}}
}

// Carries reports whether the device can be told: to open and to start anew, where it can
// be called.
func (d *Doors) Carries(dev *model.Device, kind model.CommandKind) bool {
	return (kind == model.CommandOpen || kind == model.CommandReboot) && dev.Address != ""
}

// Push has a door opened. What the device can do is asked first, while that is not
// known: the words differ from model to model.
func (d *Doors) Push(ctx context.Context, dev *model.Device, to model.DeviceContact, c model.DeviceCommand) model.CommandOutcome {
	if c.Kind == model.CommandReboot {
		answer, err := d.caller.Ask(ctx, to, http.MethodPut, systemReboot, "application/xml", nil)
		if err != nil {
			return device.Outcome(err)
		}
		return done(answer)
	}
	if c.Kind != model.CommandOpen {
		return model.Failed(model.AnswerUnsupported)
	}
	able, refused, err := d.ability(ctx, dev.ID, to)
	switch {
	case err != nil:
		// Only a question went out.
		return model.Failed(device.Unasked(err))
	case refused != "":
		return model.Failed(refused)
	case !able.open:
		return model.Failed(model.AnswerUnsupported)
	}
	path := fmt.Sprintf("/ISAPI/AccessControl/RemoteControl/door/%d", max(c.Args.Door, 1))
	answer, err := d.caller.Ask(ctx, to, http.MethodPut, path, "application/xml", openDoor(able, max(c.Args.Door, 1)))
	if err != nil {
		return device.Outcome(err)
	}
	return done(answer)
}

// ability asks what the device wants, once an hour. A device that knows no such
// question gets the plain order.
func (d *Doors) ability(ctx context.Context, id string, to model.DeviceContact) (able doorAbility, refused string, err error) {
	key, now := id+" "+to.Address, d.clock.Now()
	d.mu.Lock()
	able, ok := d.known[key]
	d.mu.Unlock()
	if ok && now.Before(able.until) {
		return able, "", nil
	}
	answer, err := d.caller.Ask(ctx, to, http.MethodGet, doorCapabilities, "", nil)
	switch {
	case err != nil:
		return able, "", err
	case answer.Status == http.StatusUnauthorized, answer.Status == http.StatusForbidden:
		return able, model.AnswerLogin, nil
	case answer.Status == http.StatusOK:
		able = abilityOf(answer.Body)
	default:
		able = doorAbility{open: true}
	}
	able.until = now.Add(capabilitiesFor)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) > 4096 {
		clear(d.known)
	}
	d.known[key] = able
	return able, "", nil
}

// abilityOf reads RemoteControlDoor: the words in cmd, and what else is named there.
func abilityOf(body []byte) doorAbility {
	documents, refusal := read(body, "")
	if refusal != nil || len(documents) == 0 {
		return doorAbility{open: true}
	}
	var said struct {
		Cmd struct {
			Opt string `xml:"opt,attr"`
		} `xml:"cmd"`
		ChannelNo   *struct{} `xml:"channelNo"`
		ControlType *struct{} `xml:"controlType"`
	}
	// The documents above were judged safe; attributes are not among their facts.
	if err := xml.Unmarshal(body, &said); err != nil || said.Cmd.Opt == "" {
		return doorAbility{open: true}
	}
	return doorAbility{open: slices.Contains(strings.Split(strings.ReplaceAll(said.Cmd.Opt, " ", ""), ","), "open"),
		channelNo: said.ChannelNo != nil, controlType: said.ControlType != nil}
}

// openDoor is the order, with no more in it than the device has named.
func openDoor(able doorAbility, door int) []byte {
	var b strings.Builder
	b.WriteString(`<RemoteControlDoor version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">`)
	if able.channelNo {
		fmt.Fprintf(&b, "<channelNo>%d</channelNo>", door)
	}
	b.WriteString("<cmd>open</cmd>")
	if able.controlType {
		b.WriteString("<controlType>monitor</controlType>")
	}
	b.WriteString("</RemoteControlDoor>")
	return []byte(b.String())
}

// done believes a device only where it says so: status 200 and statusCode 1, or
// no statusCode at all.
func done(answer device.Answer) model.CommandOutcome {
	word, told := "", ""
	if documents, refusal := read(answer.Body, ""); refusal == nil && len(documents) > 0 {
		said := documents[0]
		if inner := said.one("ResponseStatus"); inner != nil {
			said = inner
		}
		told, word = plain(said.word("statusCode")), plain(said.word("subStatusCode"))
	}
	switch {
	case answer.Status == http.StatusUnauthorized:
		return model.Failed(model.AnswerLogin)
	case answer.Status == http.StatusOK && (told == "1" || told == "" && len(strings.TrimSpace(string(answer.Body))) == 0):
		return model.CommandOutcome{State: model.CommandDone, Code: "ok"}
	case word != "":
		return model.Failed(device.Word(word))
	case told != "":
		return model.Failed(device.Word("status." + told))
	case answer.Status == http.StatusOK:
		return model.Failed(model.AnswerUnreadable)
	}
	return model.Failed(fmt.Sprintf("http.%d", answer.Status))
}
