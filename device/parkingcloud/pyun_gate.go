package parkingcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// PYunGates opens lanes of a car park that speaks P云: it takes what the platform asks
// as JSON at its own address (云端HTTP接入指引), and here the platform is us.
type PYunGates struct{ caller *device.Caller }

// NewPYunGates makes the carrier.
func NewPYunGates(c *device.Caller) PYunGates { return PYunGates{c} }

const (
	// dispatchPath is where car parks take what is asked of them, as the maker writes it.
	dispatchPath = "/gateway/1.0/dispatch"
	gateControl  = "service.parking.gate.control"
	// pyunDone is the code of what was done; pyunSign that our signature was refused.
	pyunDone, pyunSign = "1001", "1401"
)

// lane is the car park and the lane that a serial number of the form park_uuid:gate_id
// names.
func lane(serial string) (park, gate string, ok bool) {
	park, gate, ok = strings.Cut(serial, ":")
	return park, gate, ok && park != "" && gate != ""
}

// Carries reports whether a lane can be opened: where the car park can be called, and the
// lane is named.
func (PYunGates) Carries(dev *model.Device, kind model.CommandKind) bool {
	_, _, named := lane(dev.Serial)
	return kind == model.CommandOpen && dev.Address != "" && named
}

// Push has a lane opened. The car park says 1001 when it did; a signature of its answer,
// where it gives one, must hold.
func (g PYunGates) Push(ctx context.Context, dev *model.Device, to model.DeviceContact, c model.DeviceCommand) model.CommandOutcome {
	park, gate, named := lane(dev.Serial)
	if c.Kind != model.CommandOpen || c.Args.Door > 1 || !named {
		return model.Failed(model.AnswerUnsupported)
	}
	if to.Secret == "" {
		return model.Failed(model.AnswerLogin)
	}
	ask := map[string]string{"service": gateControl, "version": "1.0", "charset": "UTF-8", "park_uuid": park, "gate_id": gate, "status": "OPEN"}
	ask["sign"] = strings.ToUpper(pyunSum(ask, false, to.Secret))
	body, err := json.Marshal(ask)
	if err != nil {
		return model.Failed(model.AnswerUnsupported) // texts always marshal
	}
	answer, err := g.caller.Ask(ctx, to, http.MethodPost, dispatchPath, "application/json", body)
	switch {
	case err != nil:
		return device.Outcome(err)
	case answer.Status != http.StatusOK:
		return model.Failed(fmt.Sprintf("http.%d", answer.Status))
	}
	said, ok := flat(answer.Body)
	code := device.Word(said["result_code"])
	switch {
	case !ok || code == "":
		return model.Failed(model.AnswerUnreadable)
	case said["sign"] != "" && !good(said["sign"], []string{pyunSum(said, false, to.Secret), pyunSum(said, true, to.Secret)}):
		return model.Failed(model.AnswerUnreadable)
	case code == pyunDone:
		return model.CommandOutcome{State: model.CommandDone, Code: code}
	case code == pyunSign:
		return model.Failed(model.AnswerLogin)
	}
	return model.Failed(code)
}

// pyunSum is the signature of P云: the MD5 of the sorted fields and the secret.
func pyunSum(fields map[string]string, empty bool, secret string, without ...string) string {
	return md5Hex(pairs(fields, empty, append(without, "sign")...) + "&app_secret=" + secret)
}
