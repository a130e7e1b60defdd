package service

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// LiftController is one way to speak to the controllers of lifts. It is told each
// call once and never tries twice by itself.
type LiftController interface {
	// Check says what is wrong with how a group is set up, as fields.
	Check(ctx context.Context, g model.LiftGroup) []model.FieldError
	// Call hands over a call. The answer is the controller's own; without a State it
	// comes later, by Hear. Errors: unavailable when nothing was sent; malformed when
	// what came back is no answer; any other when nobody knows.
	Call(ctx context.Context, g model.LiftGroup, c model.LiftCommand) (model.LiftAnswer, error)
	// Cancel takes a call back, as far as the controller can.
	Cancel(ctx context.Context, g model.LiftGroup, c model.LiftCommand) error
	// Hold asks to keep the doors open of a lift that is there. The answer is the
	// controller's own; without a State it comes later, by Hear. Errors as those of Call.
	Hold(ctx context.Context, g model.LiftGroup, h model.LiftHoldCommand) (model.LiftHoldAnswer, error)
	// Rights open floors in a cabin for some seconds. Answer and errors as those of Hold.
	Rights(ctx context.Context, g model.LiftGroup, r model.LiftRightsCommand) (model.LiftRightsAnswer, error)
}

// Lifts calls lifts without touch (无接触呼梯).
type Lifts struct {
	Deps
	controllers map[model.LiftProtocol]LiftController
	painter     Painter
	publicURL   string
	wake        chan struct{}
	sending     chan struct{}
	seen        seenPassages
}

// NewLifts makes the use cases of lifts; publicURL is what stickers lead to.
func NewLifts(d Deps, controllers map[model.LiftProtocol]LiftController, painter Painter, publicURL string) *Lifts {
	return &Lifts{Deps: d, controllers: controllers, painter: painter, publicURL: strings.TrimSuffix(publicURL, "/"),
		wake: make(chan struct{}, 1), sending: make(chan struct{}, liftsAtOnce)}
}

const (
	permLiftRead   model.Permission = "lift.read"
	permLiftManage model.Permission = "lift.manage"

	// liftGroupsMost and landingsMost bound what a community registers.
	liftGroupsMost = 500
	landingsMost   = 120
	// liftLife is how long a call may wait for its answer.
	liftLife = 15 * time.Second
	// liftsAtOnce bounds the calls that a replica is sending.
	liftsAtOnce = 64
)

// NewLiftGroup is a group as staff register it.
type NewLiftGroup struct {
	Name, Building, Unit string
	Protocol             model.LiftProtocol
	Address, Secret      string
	Native               map[string]string
	DeviceID             string
	Gates                []model.LiftGate
	Landings             []model.LiftLanding
}

// LiftGroupView is a group with its landings and what is known of its lifts.
type LiftGroupView struct {
	model.LiftGroup
	Landings []model.LiftLanding
	Cars     []model.LiftCar
}

// List shows a community's groups in the order of their making. Errors: not_found.
func (l *Lifts) List(ctx context.Context, caller *model.Caller, communityID string) ([]LiftGroupView, error) {
	if err := l.Directory.Reach(caller, permLiftRead, communityID); err != nil {
		return nil, err
	}
	tx := l.Store.View(ctx)
	groups, err := tx.LiftGroups([]string{communityID}, liftGroupsMost)
	if err != nil {
		return nil, err
	}
	return liftViews(tx, groups)
}

func liftViews(tx *store.Tx, groups []model.LiftGroup) ([]LiftGroupView, error) {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	landings, err := tx.LiftLandings(ids)
	if err != nil {
		return nil, err
	}
	cars, err := tx.LiftCars(ids)
	out := make([]LiftGroupView, len(groups))
	for i, g := range groups {
		out[i] = LiftGroupView{LiftGroup: g, Landings: landings[g.ID], Cars: cars[g.ID]}
	}
	return out, err
}

// Register makes a group with its landings and a sticker for each. Errors: not_found
// out of scope, invalid, limit_reached, lift_unavailable when a controller that is asked
// for its landings cannot be reached.
func (l *Lifts) Register(ctx context.Context, caller *model.Caller, communityID string, in NewLiftGroup) (LiftGroupView, error) {
	if err := l.Directory.Reach(caller, permLiftManage, communityID); err != nil {
		return LiftGroupView{}, err
	}
	name, err := tidyName("/name", in.Name)
	if err != nil {
		return LiftGroupView{}, err
	}
	g := model.LiftGroup{ID: model.NewID(l.Clock.Now()), CommunityID: communityID, Name: name, Building: model.NormalAddress(in.Building),
		Unit: model.NormalAddress(in.Unit), Protocol: in.Protocol, Address: in.Address, Native: in.Native, Secret: in.Secret, DeviceID: in.DeviceID,
		Gates: in.Gates, State: model.StateActive, Mode: model.LiftNormal, CreatedAt: l.now()}
	if bad := l.wrongWith(ctx, g, in.Landings); len(bad) > 0 {
		return LiftGroupView{}, model.Invalid(bad...)
	}
	if err := l.surveyed(ctx, g, in.Landings); err != nil {
		return LiftGroupView{}, err
	}
	landings := make([]model.LiftLanding, len(in.Landings))
	for i, landing := range in.Landings {
		for n := range landing.Rooms {
			landing.Rooms[n] = model.NormalAddress(landing.Rooms[n])
		}
		landing.ID, landing.CommunityID, landing.GroupID, landing.Level, landing.Code = model.NewID(l.Clock.Now()), communityID, g.ID, i, newEntryCode()
		landings[i] = landing
	}
	err = l.Store.Update(ctx, func(tx *store.Tx) error { return l.register(tx, caller, g, landings) })
	g.Secret = ""
	return LiftGroupView{LiftGroup: g, Landings: landings}, err
}

func (l *Lifts) register(tx *store.Tx, caller *model.Caller, g model.LiftGroup, landings []model.LiftLanding) error {
	others, err := tx.LiftGroups([]string{g.CommunityID}, liftGroupsMost)
	if err != nil {
		return err
	}
	if len(others) >= liftGroupsMost {
		return model.Fail(model.CodeLimitReached)
	}
	if err := tx.CreateLiftGroup(g, landings); err != nil {
		return err
	}
	return tx.Audit(caller, g.CommunityID, "lift.register", "lift_group", g.ID, map[string]string{"protocol": string(g.Protocol)})
}

// wrongWith says what is wrong with a group as asked for.
func (l *Lifts) wrongWith(ctx context.Context, g model.LiftGroup, landings []model.LiftLanding) []model.FieldError {
	var bad []model.FieldError
	refuse := func(field, code string) { bad = append(bad, model.FieldError{Field: field, Code: code}) }
	floors, doors := map[string]bool{}, map[string]bool{}
	for i, landing := range landings {
		if door := landing.Floor + "\x00" + landing.Side; doors[door] {
			refuse("/landings/"+strconv.Itoa(i), "duplicate")
		} else {
			doors[door], floors[landing.Floor] = true, true
		}
	}
	if len(landings) < 2 || len(landings) > landingsMost {
		refuse("/landings", "length")
	}
	for i, gate := range g.Gates {
		if known, ok := l.Directory.Gate(gate.GateID); !ok || known.CommunityID != g.CommunityID {
			refuse("/gates/"+strconv.Itoa(i)+"/gate_id", "enum")
		}
		if gate.Cabin != "" && gate.Floor != "" || gate.Cabin == "" && !floors[gate.Floor] {
			refuse("/gates/"+strconv.Itoa(i)+"/floor", "enum")
		}
	}
	if dev, ok := l.Directory.Device(g.DeviceID); g.DeviceID != "" && (!ok || dev.CommunityID != g.CommunityID || dev.Protocol != ProtocolLift && dev.Protocol != ProtocolLiftMQTT) {
		refuse("/device_id", "enum")
	}
	controller := l.controllers[g.Protocol]
	if controller == nil {
		return append(bad, model.FieldError{Field: "/protocol", Code: "enum"})
	}
	return append(bad, controller.Check(ctx, g)...)
}

// Dialects of lift controllers that speak to us, by HTTP and on a broker.
const (
	ProtocolLift     = "lift"
	ProtocolLiftMQTT = "lift-mqtt"
)

// Disable ends a group: nobody calls its lifts any more, and its secret is gone.
// Errors: not_found, state_changed when it was ended before.
func (l *Lifts) Disable(ctx context.Context, caller *model.Caller, communityID, id, reason string) (LiftGroupView, error) {
	if err := l.Directory.Reach(caller, permLiftManage, communityID); err != nil {
		return LiftGroupView{}, err
	}
	var out []LiftGroupView
	err := l.Store.Update(ctx, func(tx *store.Tx) error {
		g, err := tx.LiftGroup(communityID, id)
		if err != nil {
			return err
		}
		ended, err := tx.DisableLiftGroup(communityID, id)
		if err != nil {
			return err
		}
		if !ended {
			return &model.Error{Code: model.CodeStateChanged, State: g.State}
		}
		g.State = model.StateDisabled
		if out, err = liftViews(tx, []model.LiftGroup{g}); err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "lift.disable", "lift_group", id, map[string]string{"reason": reason})
	})
	if err != nil {
		return LiftGroupView{}, err
	}
	return out[0], nil
}

// stickerEdge is the size of a sticker's symbol in pixels.
const stickerEdge = 512

// Sticker draws the code of a landing as SVG. Errors: not_found.
func (l *Lifts) Sticker(ctx context.Context, caller *model.Caller, communityID, landingID string) ([]byte, error) {
	if err := l.Directory.Reach(caller, permLiftRead, communityID); err != nil {
		return nil, err
	}
	landing, err := l.Store.View(ctx).LiftLanding(communityID, landingID)
	if err != nil {
		return nil, err
	}
	return l.painter.SVG(l.publicURL+"/l/"+landing.Code, stickerEdge)
}

// leadsTo says that a landing is the way to a room: one of its rooms, else by the
// rule of door numbers.
func leadsTo(landing model.LiftLanding, room string) bool {
	if len(landing.Rooms) > 0 {
		return slices.Contains(landing.Rooms, room)
	}
	return len(room) > 2 && strings.TrimLeft(room[:len(room)-2], "0") == landing.Floor && allDigits(room)
}

func allDigits(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
