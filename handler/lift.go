package handler

import (
	"context"
	"net/http"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// Lifts serves groups of lifts to staff, and calls to residents and visitors.
type Lifts struct {
	Service *service.Lifts
	Streams *Streams
}

// ListLifts is GET /v1/communities/{cid}/lifts.
func (h *Lifts) ListLifts(ctx context.Context, r server.ListLiftsRequestObject) (server.ListLiftsResponseObject, error) {
	groups, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid)
	if err != nil {
		return nil, err
	}
	return server.ListLifts200JSONResponse{Items: each(groups, liftGroup)}, nil
}

// RegisterLift is POST /v1/communities/{cid}/lifts.
func (h *Lifts) RegisterLift(ctx context.Context, r server.RegisterLiftRequestObject) (server.RegisterLiftResponseObject, error) {
	b := r.Body
	g, err := h.Service.Register(ctx, middleware.Caller(ctx), r.Cid, service.NewLiftGroup{Name: b.Name, Building: b.Building, Unit: given(b.Unit),
		Protocol: model.LiftProtocol(b.Protocol), Address: b.Address, Secret: given(b.Secret), Native: given(b.Native), DeviceID: given(b.DeviceId),
		Gates: each(given(b.Gates), func(g wire.LiftGate) model.LiftGate {
			return model.LiftGate{GateID: g.GateId, Floor: given(g.Floor), Cabin: given(g.Cabin)}
		}),
		Landings: each(b.Landings, func(l wire.LiftLandingRequest) model.LiftLanding {
			return model.LiftLanding{Floor: l.Floor, Side: string(given(l.Side)), Open: given(l.Open), Rooms: given(l.Rooms), Native: given(l.Native)}
		})})
	if err != nil {
		return nil, err
	}
	return server.RegisterLift201JSONResponse(liftGroup(g)), nil
}

// DisableLift is POST /v1/communities/{cid}/lifts/{id}/disable.
func (h *Lifts) DisableLift(ctx context.Context, r server.DisableLiftRequestObject) (server.DisableLiftResponseObject, error) {
	g, err := h.Service.Disable(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.DisableLift200JSONResponse(liftGroup(g)), nil
}

// GetLiftTopology is GET /v1/communities/{cid}/lifts/{id}/topology.
func (h *Lifts) GetLiftTopology(ctx context.Context, r server.GetLiftTopologyRequestObject) (server.GetLiftTopologyResponseObject, error) {
	t, err := h.Service.Topology(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetLiftTopology200JSONResponse{Lifts: each(t.Lifts, same), Areas: each(t.Areas, func(a model.LiftArea) wire.LiftArea {
		return wire.LiftArea{Native: a.Native, Name: a.Name, Side: optional(wire.LiftSide(a.Side)), Exit: a.Exit}
	})}, nil
}

// GetLiftSticker is GET /v1/communities/{cid}/lift-landings/{id}/sticker.
func (h *Lifts) GetLiftSticker(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		fail(c, err)
		return
	}
	ctx := c.Request.Context()
	image, err := h.Service.Sticker(ctx, middleware.Caller(ctx), c.Param("cid"), id)
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, mediaSVG, image)
}

// ListMyLifts is GET /v1/me/lifts.
func (h *Lifts) ListMyLifts(ctx context.Context, _ server.ListMyLiftsRequestObject) (server.ListMyLiftsResponseObject, error) {
	list, err := h.own(ctx)
	if err != nil {
		return nil, err
	}
	return server.ListMyLifts200JSONResponse(list), nil
}

// ListVisitorLifts is GET /v1/visitor/lifts.
func (h *Lifts) ListVisitorLifts(ctx context.Context, _ server.ListVisitorLiftsRequestObject) (server.ListVisitorLiftsResponseObject, error) {
	list, err := h.own(ctx)
	if err != nil {
		return nil, err
	}
	return server.ListVisitorLifts200JSONResponse(list), nil
}

func (h *Lifts) own(ctx context.Context) (wire.LiftList, error) {
	list, err := h.Service.Own(ctx, middleware.Caller(ctx))
	language := middleware.Language(ctx)
	return wire.LiftList{Items: each(list, func(l service.LiftsOf) wire.Lift { return lift(language, l) })}, err
}

// SetLiftPreference is PUT /v1/me/lift-preference.
func (h *Lifts) SetLiftPreference(ctx context.Context, r server.SetLiftPreferenceRequestObject) (server.SetLiftPreferenceResponseObject, error) {
	if err := h.Service.Prefer(ctx, middleware.Caller(ctx), r.Body.HouseholdId, r.Body.AfterPassage); err != nil {
		return nil, err
	}
	return server.SetLiftPreference204Response{}, nil
}

// ListLiftGrants is GET /v1/me/lift-grants.
func (h *Lifts) ListLiftGrants(ctx context.Context, _ server.ListLiftGrantsRequestObject) (server.ListLiftGrantsResponseObject, error) {
	grants, err := h.Service.Grants(ctx, middleware.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return server.ListLiftGrants200JSONResponse{Items: each(grants, liftGrant)}, nil
}

// GrantLift is POST /v1/me/lift-grants.
func (h *Lifts) GrantLift(ctx context.Context, r server.GrantLiftRequestObject) (server.GrantLiftResponseObject, error) {
	b := r.Body
	g, err := h.Service.Grant(ctx, middleware.Caller(ctx), service.NewLiftGrant{HouseholdID: b.HouseholdId, GroupID: b.LiftId,
		Building: given(b.Building), Unit: given(b.Unit), Room: given(b.Room), VisitID: given(b.VisitId), ValidUntil: b.ValidUntil.UnixMilli()})
	if err != nil {
		return nil, err
	}
	return server.GrantLift201JSONResponse(liftGrant(g)), nil
}

// EndLiftGrant is DELETE /v1/me/lift-grants/{id}.
func (h *Lifts) EndLiftGrant(ctx context.Context, r server.EndLiftGrantRequestObject) (server.EndLiftGrantResponseObject, error) {
	if err := h.Service.EndGrant(ctx, middleware.Caller(ctx), r.Id); err != nil {
		return nil, err
	}
	return server.EndLiftGrant204Response{}, nil
}

func liftGrant(g service.LiftGrantView) wire.LiftGrant {
	return wire.LiftGrant{Id: g.ID, HouseholdId: g.HouseholdID, LiftId: g.GroupID, Floor: g.Floor, ToHouseholdId: optional(g.ToHouseholdID),
		Building: optional(g.To.Building), Unit: optional(g.To.Unit), Room: optional(g.To.Room), VisitId: optional(g.VisitID), ValidUntil: instant.Of(g.ValidUntil), CreatedAt: instant.Of(g.CreatedAt)}
}
