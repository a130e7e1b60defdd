package handler

import (
	"cmp"
	"context"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// DeviceEvents answers for what devices said, and for making them known.
type DeviceEvents struct {
	Intake  *service.Intake
	Devices *service.Devices
}

// RegisterDevice is POST /v1/communities/{cid}/devices.
func (h *DeviceEvents) RegisterDevice(ctx context.Context, r server.RegisterDeviceRequestObject) (server.RegisterDeviceResponseObject, error) {
	made, err := h.Devices.Register(ctx, middleware.Caller(ctx), r.Cid, service.NewVendorDevice{GateID: r.Body.GateId, Name: r.Body.Name,
		Protocol: string(r.Body.Protocol), Serial: given(r.Body.Serial), AppID: given(r.Body.AppId), Secret: given(r.Body.Secret), Link: given(r.Body.Link), Settings: service.DeviceSettings{Address: given(r.Body.Address),
			User: r.Body.Username, Password: r.Body.Password, Pull: given(r.Body.Pull), OfflineAfter: seconds(r.Body.OfflineAfterSeconds), AuthWord: textOf(r.Body.AuthWord), Areas: given(r.Body.Areas), Announcing: announcing(r.Body.Announcing)}})
	if err != nil {
		return nil, err
	}
	out := server.RegisterDevice201JSONResponse{Device: device(made.Device), Path: made.Path}
	if l := made.Login; l != nil {
		out.Mqtt = &wire.BrokerLogin{Username: l.Username, Password: l.Password, TopicPrefix: l.TopicPrefix}
	}
	return out, nil
}

// SetDeviceSettings is PUT /v1/communities/{cid}/devices/{id}/settings.
func (h *DeviceEvents) SetDeviceSettings(ctx context.Context, r server.SetDeviceSettingsRequestObject) (server.SetDeviceSettingsResponseObject, error) {
	d, err := h.Devices.Set(ctx, middleware.Caller(ctx), r.Cid, r.Id, service.DeviceSettings{Address: given(r.Body.Address), User: r.Body.Username,
		Password: r.Body.Password, Pull: given(r.Body.Pull), OfflineAfter: seconds(r.Body.OfflineAfterSeconds), AuthWord: textOf(r.Body.AuthWord), Areas: given(r.Body.Areas), Announcing: announcing(r.Body.Announcing)})
	if err != nil {
		return nil, err
	}
	return server.SetDeviceSettings200JSONResponse(device(d)), nil
}

func seconds(n *int) time.Duration { return time.Duration(given(n)) * time.Second }

// ListDeviceEvents is GET /v1/communities/{cid}/device-events.
func (h *DeviceEvents) ListDeviceEvents(ctx context.Context, r server.ListDeviceEventsRequestObject) (server.ListDeviceEventsResponseObject, error) {
	filter := service.DeviceEventFilter{DeviceID: textOf(r.Params.DeviceId), Kind: model.DeviceEventKind(given(r.Params.Kind))}
	list, err := h.Intake.Events(ctx, middleware.Caller(ctx), r.Cid, filter, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListDeviceEvents200JSONResponse{Items: each(list.Items, h.shown(ctx, r.Cid)), NextCursor: optional(list.Next)}, nil
}

// shown makes events of a community as its caller may see them.
func (h *DeviceEvents) shown(ctx context.Context, communityID string) func(model.DeviceEvent) wire.DeviceEvent {
	cameras := h.Intake.Cameras(middleware.Caller(ctx), communityID)
	return func(e model.DeviceEvent) wire.DeviceEvent {
		out := deviceEvent(e)
		out.Cameras = cameraLinks(cameras(e.GateID, cmp.Or(e.DeviceAt, e.ReceivedAt)))
		return out
	}
}

// cameraLinks is nil, which is left out, for none.
func cameraLinks(links []service.CameraLink) *[]wire.CameraLink {
	if len(links) == 0 {
		return nil
	}
	out := each(links, func(l service.CameraLink) wire.CameraLink { return wire.CameraLink{Name: l.Name, Url: l.URL} })
	return &out
}

func deviceEvent(e model.DeviceEvent) wire.DeviceEvent {
	out := wire.DeviceEvent{Id: e.ID, DeviceId: e.DeviceID, GateId: e.GateID, Kind: wire.DeviceEventKind(e.Kind), Live: e.Live,
		DeviceAt: instant.Maybe(e.DeviceAt), ReceivedAt: instant.Of(e.ReceivedAt), Native: optional(e.Native), State: optional(e.State),
		Plate: optional(model.MaskPlate(e.Plate)), PassageId: optional(e.PassageID), Detail: map[string]string{}}
	for name, value := range e.Detail {
		out.Detail[name] = value
	}
	if e.Direction != "" {
		direction := wire.Direction(e.Direction)
		out.Direction = &direction
	}
	return out
}
