package house

import (
	"context"
	"time"

	"communitypass.cn/communitypass/lift"
	"communitypass.cn/communitypass/lift/kone"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/webhook"
)

// liftDial is how long a controller may take to accept a connection.
const liftDial = 2 * time.Second

// liftControllers are the ways to speak to lift controllers.
func (h *House) liftControllers() map[model.LiftProtocol]service.LiftController {
	out := webhook.NewOutlet(webhook.Options{DialTimeout: liftDial, AllowedPrefixes: h.cfg.LiftNetworks, AllowHTTP: h.cfg.LiftHTTP})
	// Progress comes by itself, when the use cases are long there.
	h.kone = kone.New(out.Client(), out.CheckURL, h.deps.Clock, func(ctx context.Context, communityID, groupID string, r model.LiftReport) error {
		return h.Services.Lifts.Hear(ctx, communityID, groupID, r)
	})
	return map[model.LiftProtocol]service.LiftController{
		model.LiftHTTP: lift.NewHTTP(out.Client(), out.CheckURL, h.deps.Clock),
		model.LiftKONE: h.kone,
		model.LiftMQTT: lift.NewMQTT(h.Exchange.Ask, h.deps.Clock),
	}
}
