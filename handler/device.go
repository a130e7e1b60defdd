package handler

import (
	"context"
	"strings"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Devices answers for devices and their enrolment.
type Devices struct{ Service *service.Devices }

// CreateGateEnrolment is POST /v1/gate-enrolments.
func (h *Devices) CreateGateEnrolment(ctx context.Context, r server.CreateGateEnrolmentRequestObject) (server.CreateGateEnrolmentResponseObject, error) {
	e, err := h.Service.CreateEnrolment(ctx, middleware.Caller(ctx), r.Body.GateId, string(r.Body.Profile))
	if err != nil {
		return nil, err
	}
	return server.CreateGateEnrolment201JSONResponse{EnrolmentCode: e.Code, QrSvg: string(e.QR), GateId: e.GateID,
		Profile: wire.DeviceProfile(e.Profile), ExpiresAt: instant.Of(e.ExpiresAt)}, nil
}

// EnrolGate is POST /v1/gate/enrol.
func (h *Devices) EnrolGate(ctx context.Context, r server.EnrolGateRequestObject) (server.EnrolGateResponseObject, error) {
	e, err := h.Service.Enrol(ctx, service.Enrol{Code: r.Body.EnrolmentCode, Name: r.Body.DeviceName, PublicKey: textOf(r.Body.PublicKey)})
	if err != nil {
		return nil, err
	}
	return server.EnrolGate201JSONResponse{DeviceId: e.Device.ID, DeviceToken: e.Token, Gate: gate(e.Gate),
		ServerTime: instant.Of(e.Now), BundleUrl: e.BundleURL}, nil
}

// ListDevices is GET /v1/communities/{cid}/devices.
func (h *Devices) ListDevices(ctx context.Context, r server.ListDevicesRequestObject) (server.ListDevicesResponseObject, error) {
	var f service.DeviceFilter
	if r.Params.Profile != nil {
		f.Profile = string(*r.Params.Profile)
	}
	if r.Params.Connection != nil {
		f.Connection = string(*r.Params.Connection)
	}
	f.Held = r.Params.Held != nil && *r.Params.Held
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, f, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListDevices200JSONResponse{Items: each(list.Items, device), NextCursor: optional(list.Next)}, nil
}

// RevokeDevice is POST /v1/communities/{cid}/devices/{id}/revoke.
func (h *Devices) RevokeDevice(ctx context.Context, r server.RevokeDeviceRequestObject) (server.RevokeDeviceResponseObject, error) {
	d, err := h.Service.Revoke(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.RevokeDevice200JSONResponse(device(d)), nil
}

// device leaves out what no heartbeat has said yet.
func device(d model.Device) wire.Device {
	out := wire.Device{Id: d.ID, GateId: d.GateID, Name: d.Name, Profile: wire.AnyDeviceProfile(d.Profile), State: wire.DeviceState(d.State),
		EnrolledAt: instant.Of(d.EnrolledAt), RevokedAt: instant.Maybe(d.RevokedAt), LastSeenAt: instant.Maybe(d.LastSeenAt),
		Software: optional(d.Software), BundleVersion: optional(d.BundleVersion)}
	if d.Protocol != "" {
		protocol := wire.DeviceProtocol(d.Protocol)
		out.Protocol, out.Serial = &protocol, optional(d.Serial)
	}
	out.Link = optional(d.Link)
	if d.Connection != "" {
		connection := wire.DeviceConnection(d.Connection)
		out.Connection, out.ConnectionAt = &connection, instant.Maybe(d.ConnectionAt)
	}
	if d.Profile == model.ProfileVendor {
		silence := int(d.Silence() / 1000)
		out.Address, out.AuthWord, out.Pull, out.OfflineAfterSeconds = optional(d.Address), optional(d.AuthWord), optional(d.Pull), optional(silence)
		if d.Areas != "" {
			areas := strings.Split(d.Areas, ",")
			out.Areas = &areas
		}
		out.Announcing = announcingShown(d.Announcing)
	} else if d.LastSeenAt != 0 {
		queue := int(d.QueueLength)
		out.QueueLength = &queue
	}
	if d.Profile == model.ProfileAgent && d.LastSeenAt != 0 {
		tellAgent(&out, &d)
	}
	if d.ClockKnown {
		out.ClockOffsetMs = &d.ClockOffsetMs
	}
	return out
}

// tellAgent adds what a gate agent said of itself at its last heartbeat.
func tellAgent(out *wire.Device, d *model.Device) {
	out.SignsSince = instant.Maybe(d.SignsSince)
	out.BundleIssuedAt, out.LastUploadAt = instant.Maybe(d.BundleIssuedAt), instant.Maybe(d.LastUploadAt)
	if d.BundleIssuedAt != 0 {
		age := d.BundleAgeMs / 1000
		out.BundleAgeSeconds = &age
	}
	letters, conflicts := int(d.DeadLetters), int(d.Conflicts)
	held := each(d.Held, func(p model.HeldPassage) wire.HeldPassage {
		return wire.HeldPassage{ScanId: p.ScanID, ScannedAt: instant.Of(p.ScannedAt), Decision: wire.Outcome(p.Decision), State: wire.HeldPassageState(p.State), Why: optional(p.Why)}
	})
	out.DeadLetters, out.Conflicts, out.Held = &letters, &conflicts, &held
}
