package agent

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

// enrolmentCode is what an enrolment code looks like when it is typed or scanned.
var enrolmentCode = regexp.MustCompile(`^[0-9A-Za-z]{4}(-?[0-9A-Za-z]{4}){3}$`)

// LooksLikeEnrolment says whether a text may be an enrolment code.
func LooksLikeEnrolment(text string) bool { return enrolmentCode.MatchString(strings.TrimSpace(text)) }

// ErrRevoked says that the server knows this device no more.
var ErrRevoked = errors.New("the server has withdrawn this device's credential")

// Enrol spends a one-time code and keeps the credential that it buys, with the keys
// by which the server signs. The keys are asked for first, so that a code is not
// spent on a server that has none. A device that was revoked enrols anew and keeps
// its journal. Errors: *Refused (enrolment_code_invalid), ErrUnreachable, ErrHome.
func Enrol(ctx context.Context, h *Home, s *Server, code, name string) (Identity, error) {
	if id, err := h.Identity(); err == nil && !id.Revoked {
		return id, errors.Join(ErrHome, errors.New("the device is enrolled already; use another data folder for another gate"))
	}
	trust, err := s.platformKeys(ctx)
	if err != nil {
		return Identity{}, err
	}
	public := base64.StdEncoding.EncodeToString(h.Device.PublicBytes())
	sent := s.clock.Now()
	var got wire.Enrolled
	err = s.call(ctx, http.MethodPost, "/v1/gate/enrol",
		wire.EnrolRequest{EnrolmentCode: strings.TrimSpace(code), DeviceName: name, PublicKey: &public}, &got)
	if err != nil {
		return Identity{}, err
	}
	id := Identity{Server: s.base, DeviceID: got.DeviceId, GateID: got.Gate.Id, GateName: got.Gate.Name, Direction: string(got.Gate.Direction),
		Fallback: admission.Fallback(got.Gate.Fallback), Trust: trust, OffsetMs: sent.Sub(got.ServerTime.Time).Milliseconds(), OffsetKnown: true}
	if err := h.SetToken(got.DeviceToken); err != nil {
		return Identity{}, model.Fail(model.CodeStorageFull, err)
	}
	// The identity last: with it, the token is there.
	if err := h.SetIdentity(id); err != nil {
		return Identity{}, model.Fail(model.CodeStorageFull, err)
	}
	return id, nil
}
