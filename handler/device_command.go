package handler

import (
	"context"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// DeviceCommands answers for orders to devices.
type DeviceCommands struct{ Service *service.Commands }

// OpenGate is POST /v1/gates/{id}/open.
func (h *DeviceCommands) OpenGate(ctx context.Context, r server.OpenGateRequestObject) (server.OpenGateResponseObject, error) {
	c, err := h.Service.Open(ctx, middleware.Caller(ctx), r.Id, service.Opening{Reason: r.Body.Reason, DeviceID: given(r.Body.DeviceId),
		Door: given(r.Body.Door), Seconds: given(r.Body.Seconds)})
	if err != nil {
		return nil, err
	}
	return server.OpenGate200JSONResponse(deviceCommand(c)), nil
}

// SayAtGate is POST /v1/gates/{id}/say.
func (h *DeviceCommands) SayAtGate(ctx context.Context, r server.SayAtGateRequestObject) (server.SayAtGateResponseObject, error) {
	c, err := h.Service.Say(ctx, middleware.Caller(ctx), r.Id, service.Saying{Text: r.Body.Text, Reason: r.Body.Reason,
		Kind: model.CommandKind(given(r.Body.By)), DeviceID: given(r.Body.DeviceId)})
	if err != nil {
		return nil, err
	}
	return server.SayAtGate200JSONResponse(deviceCommand(c)), nil
}

// LookAtGate is POST /v1/gates/{id}/look.
func (h *DeviceCommands) LookAtGate(ctx context.Context, r server.LookAtGateRequestObject) (server.LookAtGateResponseObject, error) {
	c, err := h.Service.Look(ctx, middleware.Caller(ctx), r.Id, r.Body.Reason, given(r.Body.DeviceId))
	if err != nil {
		return nil, err
	}
	return server.LookAtGate200JSONResponse(deviceCommand(c)), nil
}

// RebootDevice is POST /v1/communities/{cid}/devices/{id}/reboot.
func (h *DeviceCommands) RebootDevice(ctx context.Context, r server.RebootDeviceRequestObject) (server.RebootDeviceResponseObject, error) {
	c, err := h.Service.Reboot(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.RebootDevice200JSONResponse(deviceCommand(c)), nil
}

// ListDeviceCommands is GET /v1/communities/{cid}/device-commands.
func (h *DeviceCommands) ListDeviceCommands(ctx context.Context, r server.ListDeviceCommandsRequestObject) (server.ListDeviceCommandsResponseObject, error) {
	filter := service.CommandFilter{DeviceID: textOf(r.Params.DeviceId), State: model.CommandState(given(r.Params.State))}
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, filter, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListDeviceCommands200JSONResponse{Items: each(list.Items, deviceCommand), NextCursor: optional(list.Next)}, nil
}

// GetDeviceCommand is GET /v1/communities/{cid}/device-commands/{id}.
func (h *DeviceCommands) GetDeviceCommand(ctx context.Context, r server.GetDeviceCommandRequestObject) (server.GetDeviceCommandResponseObject, error) {
	c, err := h.Service.Get(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetDeviceCommand200JSONResponse(deviceCommand(c)), nil
}

func deviceCommand(c model.DeviceCommand) wire.DeviceCommand {
	return wire.DeviceCommand{Id: c.ID, GateId: c.GateID, DeviceId: c.DeviceID, Kind: wire.DeviceCommandKind(c.Kind), State: wire.DeviceCommandState(c.State),
		Door: optional(c.Args.Door), Seconds: optional(c.Args.Seconds), AnswerCode: optional(c.AnswerCode), CreatedAt: instant.Of(c.CreatedAt),
		ExpiresAt: instant.Of(c.ExpiresAt), SentAt: instant.Maybe(c.SentAt), EndedAt: instant.Maybe(c.EndedAt)}
}
