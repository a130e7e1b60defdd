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

// Deliveries are the operations on events on their way to a recipient.
type Deliveries struct{ Service *service.Deliveries }

// ListDeliveries is GET /v1/recipients/{id}/deliveries.
func (h Deliveries) ListDeliveries(ctx context.Context, r server.ListDeliveriesRequestObject) (server.ListDeliveriesResponseObject, error) {
	var state string
	if r.Params.State != nil {
		state = string(*r.Params.State)
	}
	found, err := h.Service.List(ctx, middleware.Caller(ctx), r.Id, state, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListDeliveries200JSONResponse{Items: each(found.Items, delivery), NextCursor: optional(found.Next)}, nil
}

// RetryDelivery is POST /v1/deliveries/{id}/retry.
func (h Deliveries) RetryDelivery(ctx context.Context, r server.RetryDeliveryRequestObject) (server.RetryDeliveryResponseObject, error) {
	d, err := h.Service.Retry(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.RetryDelivery200JSONResponse(delivery(d)), nil
}

// ReplayDeliveries is POST /v1/recipients/{id}/replay.
func (h Deliveries) ReplayDeliveries(ctx context.Context, r server.ReplayDeliveriesRequestObject) (server.ReplayDeliveriesResponseObject, error) {
	queued, err := h.Service.Replay(ctx, middleware.Caller(ctx), r.Id, r.Body.FromSequence, r.Body.ToSequence)
	if err != nil {
		return nil, err
	}
	return server.ReplayDeliveries200JSONResponse{Queued: queued}, nil
}

// GetRecipientDigest is GET /v1/recipients/{id}/digest.
func (h Deliveries) GetRecipientDigest(ctx context.Context, r server.GetRecipientDigestRequestObject) (server.GetRecipientDigestResponseObject, error) {
	d, err := h.Service.Digest(ctx, middleware.Caller(ctx), r.Id, r.Params.Hour.Time)
	if err != nil {
		return nil, err
	}
	return server.GetRecipientDigest200JSONResponse{Hour: instant.Of(d.Hour), Count: d.Count, Sm3: d.SM3,
		FirstSequence: optional(d.FirstSequence), LastSequence: optional(d.LastSequence)}, nil
}

func delivery(d model.Delivery) wire.Delivery {
	out := wire.Delivery{Id: d.ID, RecipientId: d.RecipientID, Sequence: d.Sequence, Type: wire.EventType(d.Type), State: wire.DeliveryState(d.State),
		Attempts: d.Attempts, OccurredAt: instant.Of(d.OccurredAt), DeliveredAt: instant.Maybe(d.DeliveredAt),
		LastStatus: optional(d.LastStatus), LastDetail: optional(d.LastDetail)}
	if d.State == model.DeliveryPending {
		out.NextAt = instant.Maybe(d.NextAt)
	}
	return out
}
