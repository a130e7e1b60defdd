package handler

import (
	"context"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Lookups serves guards who look for a resident.
type Lookups struct{ Service *service.Lookups }

// LookUpResident is GET /v1/communities/{cid}/lookup.
func (h *Lookups) LookUpResident(ctx context.Context, r server.LookUpResidentRequestObject) (server.LookUpResidentResponseObject, error) {
	p := r.Params
	found, err := h.Service.Find(ctx, middleware.Caller(ctx), r.Cid,
		service.Doorstep{Building: p.Building, Unit: p.Unit, Room: p.Room, Initial: p.Initial[0]})
	if err != nil {
		return nil, err
	}
	return server.LookUpResident200JSONResponse{Items: each(found, func(f service.FoundPerson) wire.FoundResident {
		return wire.FoundResident{PassId: optional(f.PassID), NameMasked: f.NameMasked, Kind: optional(f.Kind),
			Building: f.Household.Building, Unit: f.Household.Unit, Room: f.Household.Room, State: wire.FoundResidentState(f.Standing)}
	})}, nil
}

// Statistics serves numbers without names.
type Statistics struct{ Service *service.Statistics }

// GetStatistics is GET /v1/communities/{cid}/statistics.
func (h *Statistics) GetStatistics(ctx context.Context, r server.GetStatisticsRequestObject) (server.GetStatisticsResponseObject, error) {
	n, err := h.Service.Between(ctx, middleware.Caller(ctx), r.Cid, r.Params.From, r.Params.To)
	if err != nil {
		return nil, err
	}
	return server.GetStatistics200JSONResponse{From: r.Params.From, To: r.Params.To,
		Passages: n.Passages, Admissions: n.Admissions, Refusals: n.Refusals, Referrals: n.Referrals, RefusalRate: share(n.RefusalRate),
		BusiestDayPasses: whole(n.BusiestDayPasses), ByHour: groups(n.ByHour), ByGate: groups(n.ByGate), ByKind: groups(n.ByKind),
		ByReason: groups(n.ByReason), ByWay: groups(n.ByWay), EqualAccess: equalAccess(&n)}, nil
}

func groups(all []service.Group) wire.StatisticsGroups {
	return each(all, func(g service.Group) wire.StatisticsGroup {
		return wire.StatisticsGroup{Key: g.Key, Passages: g.Passages}
	})
}

func equalAccess(n *service.Numbers) wire.EqualAccess {
	out := wire.EqualAccess{Phone: accessLane(n.Phone), NoPhone: accessLane(n.NoPhone)}
	if a, b := n.Phone.MedianSeconds, n.NoPhone.MedianSeconds; a != nil && b != nil {
		gap := int(*b - *a)
		out.MedianGapSeconds = &gap
	}
	if a, b := n.Phone.RefusalRate, n.NoPhone.RefusalRate; a != nil && b != nil {
		gap := float32(*b - *a)
		out.RefusalRateGap = &gap
	}
	return out
}

func accessLane(l service.LaneNumbers) wire.AccessLane {
	return wire.AccessLane{Attempts: l.Attempts, MedianSeconds: whole(l.MedianSeconds), RefusalRate: share(l.RefusalRate)}
}

func whole(n *int64) *int {
	if n == nil {
		return nil
	}
	v := int(*n)
	return &v
}

func share(r *float64) *float32 {
	if r == nil {
		return nil
	}
	v := float32(*r)
	return &v
}
