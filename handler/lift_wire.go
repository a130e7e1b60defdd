package handler

import (
	"context"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

func liftGroup(v service.LiftGroupView) wire.LiftGroup {
	return wire.LiftGroup{Id: v.ID, CommunityId: v.CommunityID, Name: v.Name, Building: v.Building, Unit: optional(v.Unit),
		Protocol: wire.LiftProtocol(v.Protocol), Address: v.Address, DeviceId: optional(v.DeviceID), State: wire.LiftGroupState(v.State),
		Mode: wire.LiftMode(v.Mode), HeardAt: instant.Maybe(v.HeardAt), CreatedAt: instant.Of(v.CreatedAt), Lifts: each(v.Cars, liftCar),
		Gates: each(v.Gates, func(g model.LiftGate) wire.LiftGate {
			return wire.LiftGate{GateId: g.GateID, Floor: optional(g.Floor), Cabin: optional(g.Cabin)}
		}),
		Landings: each(v.Landings, func(l model.LiftLanding) wire.LiftLanding {
			return wire.LiftLanding{Id: l.ID, Floor: l.Floor, Side: optional(wire.LiftSide(l.Side)), Open: l.Open, Rooms: each(l.Rooms, same),
				Native: optional(l.Native), Sticker: l.Code}
		})}
}

func liftCar(c model.LiftCar) wire.LiftCar {
	return wire.LiftCar{Name: c.Name, Floor: optional(c.Floor), Direction: optional(wire.LiftCarDirection(c.Direction)),
		Door: optional(wire.LiftCarDoor(c.Door)), Mode: optional(wire.LiftMode(c.Mode)), HeardAt: instant.Of(c.HeardAt)}
}

func lift(language string, l service.LiftsOf) wire.Lift {
	var stops []string
	for _, landing := range l.Landings {
		if len(stops) == 0 || stops[len(stops)-1] != landing.Floor {
			stops = append(stops, landing.Floor)
		}
	}
	return wire.Lift{Id: l.ID, CommunityId: l.CommunityID, Name: l.Name, Building: l.Building, Unit: optional(l.Unit), Mode: wire.LiftMode(l.Mode),
		Notice: optional(spoken(language, liftNotices[l.Mode])), Landings: each(stops, same), Floors: each(l.Floors, same), Lifts: each(l.Cars, liftCar),
		HouseholdId: optional(l.HouseholdID), AfterPassage: l.AfterPassage}
}

func liftCall(ctx context.Context, c model.LiftCall) wire.LiftCall {
	return wire.LiftCall{Id: c.ID, LiftId: c.GroupID, RequestId: c.RequestID, PassageId: c.PassageID, From: c.FromFloor, FromSide: optional(wire.LiftSide(c.FromSide)),
		To: c.ToFloor, ToSide: optional(wire.LiftSide(c.ToSide)), State: wire.LiftCallState(c.State), Reason: optional(wire.LiftCallReason(c.Reason)),
		Message: spoken(middleware.Language(ctx), liftMessage(c)), Lift: optional(c.Lift), Floor: optional(c.AtFloor), Hold: liftHold(ctx, c),
		CreatedAt: instant.Of(c.CreatedAt), ExpiresAt: instant.Of(c.ExpiresAt), EndedAt: instant.Maybe(c.EndedAt)}
}

// liftHold is the last hold of a call that goes on.
func liftHold(ctx context.Context, c model.LiftCall) *wire.LiftHold {
	h := c.Hold
	if h.ID == "" || c.State.Over() {
		return nil
	}
	p, ok := liftReasons[h.Reason]
	if !ok {
		p = holdMessages[h.State]
	}
	return &wire.LiftHold{State: wire.LiftHoldState(h.State), Seconds: h.Seconds, Reason: optional(wire.LiftHoldReason(h.Reason)), EndsAt: instant.Of(h.EndsAt),
		Message: spoken(middleware.Language(ctx), p)}
}

func spoken(language string, p model.Phrase) string {
	if language == middleware.English {
		return p.EN
	}
	return p.ZH
}

// liftNotices say what to know of lifts that do not run as always.
var liftNotices = map[model.LiftMode]model.Phrase{
	model.LiftFire: {ZH: "消防模式：所有楼层已开放，不检查楼层权限，也不接受呼梯。请勿乘坐电梯，走楼梯疏散。",
		EN: "Fire mode: every floor is open, rights are not checked and no call is taken. Do not use the lifts; leave by the stairs."},
	model.LiftService: {ZH: "电梯正在检修，暂时不能呼梯。", EN: "The lifts are being serviced and cannot be called for now."},
}

// liftMessages say how a call stands.
var liftMessages = map[model.LiftCallState]model.Phrase{
	model.LiftRequested:    {ZH: "正在发送呼梯请求。", EN: "Your call is being sent."},
	model.LiftSent:         {ZH: "已发送，等待电梯应答。", EN: "Sent; waiting for the lift to answer."},
	model.LiftAcknowledged: {ZH: "电梯已应答，正在派梯。", EN: "The lift has answered and is on its way."},
	model.LiftArriving:     {ZH: "电梯正在驶来。", EN: "The lift is coming."},
	model.LiftArrived:      {ZH: "电梯已到，请进。", EN: "The lift is here. Please step in."},
	model.LiftDone:         {ZH: "本次乘梯已完成。", EN: "This ride is over."},
	model.LiftCancelled:    {ZH: "呼梯已取消。", EN: "The call was taken back."},
	model.LiftExpired:      {ZH: "未能及时发出，请重新呼梯或按按钮。", EN: "It could not be sent in time. Please call again or press the button."},
	model.LiftRefused:      {ZH: "电梯没有接受这次呼梯，请按按钮。", EN: "The lift did not take this call. Please press the button."},
	model.LiftFailed:       {ZH: "电梯没有应答，请按按钮。", EN: "The lift did not answer. Please press the button."},
}

// holdMessages say how a hold stands.
var holdMessages = map[model.LiftHoldState]model.Phrase{
	model.HoldSent:    {ZH: "已请电梯保持开门，等待电梯应答。", EN: "The lift was asked to keep its doors open; waiting for its answer."},
	model.HoldHeld:    {ZH: "电梯正在保持开门。", EN: "The lift is keeping its doors open."},
	model.HoldOver:    {ZH: "保持开门的时间已到，门可能关闭。", EN: "The time is over; the doors may close."},
	model.HoldRefused: {ZH: "电梯没有保持开门，请按住轿厢内的开门按钮。", EN: "The lift does not keep its doors open. Please hold the button in the car."},
	model.HoldFailed:  {ZH: "电梯没有应答，请按住轿厢内的开门按钮。", EN: "The lift did not answer. Please hold the button in the car."},
}

// liftReasons say it more closely, where there is a reason.
var liftReasons = map[string]model.Phrase{
	model.LiftFireMode:   liftNotices[model.LiftFire],
	model.LiftOutOfOrder: {ZH: "电梯停止运行，请联系物业。", EN: "The lifts are out of order. Please tell the property office."},
	model.LiftBusy:       {ZH: "电梯繁忙，请稍后再呼。", EN: "The lifts are busy. Please call again shortly."},
	model.LiftLost:       {ZH: "电梯应答后失去联系，请按按钮。", EN: "The lift answered and was not heard of again. Please press the button."},
}

func liftMessage(c model.LiftCall) model.Phrase {
	if p, ok := liftReasons[c.Reason]; ok {
		return p
	}
	return liftMessages[c.State]
}
