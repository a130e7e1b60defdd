package handler

import (
	"context"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// Passages answers for passage records.
type Passages struct {
	Service *service.Passages
	Streams *Streams
}

// StreamPassages is GET /v1/communities/{cid}/passages/events.
func (h *Passages) StreamPassages(c *gin.Context) {
	tail := h.Service.Follow(middleware.Caller(c.Request.Context()), c.Param("cid"))
	h.Streams.Serve(c, passageLook, tailed(tail, "passage", func(v service.PassageView) (string, any) { return v.ID, passage(v) }))
}

// ListPassages is GET /v1/communities/{cid}/passages.
func (h *Passages) ListPassages(ctx context.Context, r server.ListPassagesRequestObject) (server.ListPassagesResponseObject, error) {
	filter := service.PassageFilter{GateID: textOf(r.Params.GateId), Decision: textOf(r.Params.Decision),
		From: millisOf(r.Params.From), Until: millisOf(r.Params.Until)}
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, filter, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListPassages200JSONResponse{Items: each(list.Items, h.shown(ctx, r.Cid)), NextCursor: optional(list.Next)}, nil
}

// shown makes passages of a community as its caller may see them.
func (h *Passages) shown(ctx context.Context, communityID string) func(service.PassageView) wire.Passage {
	cameras := h.Service.Cameras(middleware.Caller(ctx), communityID)
	return func(p service.PassageView) wire.Passage {
		out := passage(p)
		out.Cameras = cameraLinks(cameras(p.GateID, p.ScannedAt))
		return out
	}
}

// ListConflicts is GET /v1/communities/{cid}/conflicts.
func (h *Passages) ListConflicts(ctx context.Context, r server.ListConflictsRequestObject) (server.ListConflictsResponseObject, error) {
	list, err := h.Service.Conflicts(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListConflicts200JSONResponse{Items: each(list.Items, conflict), NextCursor: optional(list.Next)}, nil
}

func passage(p service.PassageView) wire.Passage {
	out := wire.Passage{Id: p.ID, GateId: p.GateID, DeviceId: optional(p.DeviceID), StaffId: optional(p.StaffID), Way: optional(wire.PassageWay(p.Way)), PassId: optional(p.PassID), Kind: p.Kind, NameMasked: p.NameMasked,
		Building: optional(p.Building), Direction: wire.Direction(p.Direction), Decision: wire.Outcome(p.Decision), Reason: p.Reason,
		RuleVersion: p.RuleVersion, BundleVersion: optional(p.BundleVersion), Online: p.Online, SkewSeconds: optional(p.SkewSeconds),
		Outcome: wire.PassageState(p.Outcome), ScannedAt: instant.Of(p.ScannedAt), ReceivedAt: instant.Of(p.ReceivedAt)}
	if p.TemperatureTenths != 0 {
		celsius := float32(p.TemperatureTenths) / 10
		out.TemperatureC = &celsius
	}
	return out
}

func conflict(c service.ConflictView) wire.Conflict {
	return wire.Conflict{Id: c.ID, PassId: optional(c.PassID), WindowStart: instant.Of(c.WindowStart),
		Direction: wire.Direction(c.Direction), Perimeter: c.Perimeter, PassageIds: c.PassageIDs}
}

// millisOf is an optional instant in Unix milliseconds, 0 when it is left out and
// never when it is given.
func millisOf(t *instant.Time) int64 {
	if t == nil {
		return 0
	}
	return max(model.Millis(t.Time), 1)
}

// ReadTrail is POST /v1/communities/{cid}/trails.
func (h *Passages) ReadTrail(ctx context.Context, r server.ReadTrailRequestObject) (server.ReadTrailResponseObject, error) {
	list, err := h.Service.Trail(ctx, middleware.Caller(ctx), r.Cid, trailQuestion(r.Body), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ReadTrail200JSONResponse{Items: each(list.Items, passage), NextCursor: optional(list.Next)}, nil
}

func trailQuestion(b *wire.TrailRequest) service.TrailQuestion {
	return service.TrailQuestion{PersonID: textOf(b.PersonId), ResidencyID: textOf(b.ResidencyId), PassID: textOf(b.PassId),
		Purpose: string(b.Purpose), Ticket: b.Ticket, From: millisOf(&b.From), Until: millisOf(&b.Until)}
}
