package service

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	permissionGateOpen model.Permission = "gate.open"
	// permissionCommandRead is also of guards, who may not look at devices: whoever opens
	// must be able to see what came of it.
	permissionCommandRead model.Permission = "command.read"
)

const (
	// commandLife is how long a command may still be done: whoever pressed the button
	// has looked away by then.
	commandLife = 5 * time.Second
	// commandLook is how often somebody who waits looks what became of it. The answer
	// may come to another replica, so it is looked for in the database.
	commandLook = 100 * time.Millisecond
	// commandBeat is how often a replica looks for commands that others have queued.
	commandBeat = 500 * time.Millisecond
	// commandsAtOnce bounds what a replica sends at one time.
	commandsAtOnce = 32
	// openSeconds is how long a door stays open when nobody says.
	openSeconds = 5
)

// CommandCarrier is how commands reach devices of one protocol. One that does not push
// has devices that fetch their commands.
type CommandCarrier interface {
	// Carries reports whether the device, as it is set up, can be told to do that.
	Carries(dev *model.Device, kind model.CommandKind) bool
}

// CommandPusher is a carrier that calls the device.
type CommandPusher interface {
	CommandCarrier
	// Push sends a command once, and never again, and says what came of it: done,
	// failed, or expired with model.AnswerNone when nothing is known. ctx ends with the
	// command's life.
	Push(ctx context.Context, dev *model.Device, to model.DeviceContact, c model.DeviceCommand) model.CommandOutcome
}

// Commands gives orders to devices and follows what became of them.
type Commands struct {
	Deps
	// carriers are by protocol.
	carriers map[string]CommandCarrier
	hands    Hands
	nudge    chan struct{}
	slots    chan struct{}
	sending  sync.WaitGroup
}

// NewCommands makes the use cases of commands, with the carriers of each protocol.
func NewCommands(d Deps, carriers map[string]CommandCarrier) *Commands {
	return &Commands{Deps: d, carriers: carriers, nudge: make(chan struct{}, 1), slots: make(chan struct{}, commandsAtOnce)}
}

// Opening is what staff ask of a gate.
type Opening struct {
	// Reason is why, in words; long numbers in it are not kept.
	Reason string
	// DeviceID is needed where several devices of the gate can open.
	DeviceID string
	// Door counts from 1 on the device, 0 is the first; Seconds 0 is openSeconds.
	Door, Seconds int
}

// Open has a gate opened by one of its devices and waits for what came of it, no
// longer than the command lives. Without an error the device said that it did it,
// and the passage is recorded as one by hand. Errors: not_found out of scope; invalid
// when a device must be named, or is none of the gate's; command_unsupported when none
// there can; command_failed, command_unconfirmed, command_expired with the answer code
// as the state. It is never tried again by itself.
func (s *Commands) Open(ctx context.Context, caller *model.Caller, gateID string, o Opening) (model.DeviceCommand, error) {
	gate, ok := s.Directory.Gate(gateID)
	if !ok {
		return model.DeviceCommand{}, model.NotFound()
	}
	if err := s.Directory.Reach(caller, permissionGateOpen, gate.CommunityID); err != nil {
		return model.DeviceCommand{}, err
	}
	dev, _, err := s.able(gateID, o.DeviceID, model.CommandOpen)
	if err != nil {
		return model.DeviceCommand{}, err
	}
	args := model.CommandArgs{Door: max(o.Door, 1), Seconds: o.Seconds}
	if args.Seconds == 0 {
		args.Seconds = openSeconds
	}
	c := s.make(caller, dev, model.CommandOpen, args)
	reason := withoutNumbers(o.Reason)
	c, err = s.carryOut(ctx, caller, c, "gate.open", "gate", gateID, map[string]string{"reason": reason, "device_id": dev.ID, "command_id": c.ID})
	if err == nil {
		s.record(ctx, caller, gate, c, reason)
	}
	return c, err
}

// carryOut stores an order with its audit row, and waits for what came of it.
// Errors: command_failed, command_unconfirmed, command_expired, and those of the store.
func (s *Commands) carryOut(ctx context.Context, caller *model.Caller, c model.DeviceCommand, action, kind, id string, detail map[string]string) (model.DeviceCommand, error) {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateCommand(c); err != nil {
			return err
		}
		return tx.Audit(caller, c.CommunityID, action, kind, id, detail)
	})
	if err != nil {
		return c, err
	}
	s.hurry()
	return s.outcome(ctx, c)
}

// outcome waits for what comes of a command. Errors: command_failed, command_expired, and
// those of the store.
func (s *Commands) outcome(ctx context.Context, c model.DeviceCommand) (model.DeviceCommand, error) {
	c, err := s.await(ctx, c)
	if err != nil {
		return c, err
	}
	switch c.State {
	case model.CommandDone:
		return c, nil
	case model.CommandFailed:
		return c, &model.Error{Code: model.CodeCommandFailed, State: c.AnswerCode}
	case model.CommandHandedOver:
		return c, &model.Error{Code: model.CodeCommandUnconfirmed, State: c.AnswerCode}
	}
	return c, &model.Error{Code: model.CodeCommandExpired, State: c.AnswerCode}
}

// able is the device of the gate that can do one of the kinds, and the first kind that it
// can. Errors: invalid, command_unsupported.
func (s *Commands) able(gateID, deviceID string, kinds ...model.CommandKind) (*DeviceView, model.CommandKind, error) {
	if deviceID != "" {
		if dev, ok := s.Directory.Device(deviceID); !ok || dev.GateID != gateID || dev.State != model.StateActive {
			return nil, "", model.Invalid(model.FieldError{Field: "/device_id", Code: "unknown"})
		}
	}
	var found *DeviceView
	var does model.CommandKind
	for _, dev := range s.Directory.DevicesAt(gateID) {
		first := slices.IndexFunc(kinds, func(kind model.CommandKind) bool { return s.carries(dev, kind) })
		switch {
		case first < 0, deviceID != "" && dev.ID != deviceID:
		case found != nil:
			return nil, "", model.Invalid(model.FieldError{Field: "/device_id", Code: "required"})
		default:
			found, does = dev, kinds[first]
		}
	}
	if found == nil {
		return nil, "", model.Fail(model.CodeCommandUnsupported)
	}
	return found, does, nil
}

func (s *Commands) carries(dev *DeviceView, kind model.CommandKind) bool {
	carrier := s.carriers[dev.Protocol]
	return carrier != nil && carrier.Carries(&dev.Device, kind)
}

func (s *Commands) make(caller *model.Caller, dev *DeviceView, kind model.CommandKind, args model.CommandArgs) model.DeviceCommand {
	now := s.Clock.Now()
	return model.DeviceCommand{ID: model.NewID(now), CommunityID: dev.CommunityID, GateID: dev.GateID, DeviceID: dev.ID, Number: commandNumber(),
		Kind: kind, Args: args, State: model.CommandQueued, CreatedBy: caller.AccountID, CreatedAt: model.Millis(now), ExpiresAt: model.Millis(now.Add(commandLife))}
}

// commandNumber is random: a device that answers an old number must not be taken to
// answer a new one.
func commandNumber() int64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // it ends the program rather than fail
	return int64(binary.BigEndian.Uint32(b[:])>>1) + 1
}

// await looks until the command has ended. Its life is the server's clock's; should
// the caller hang up, the command goes on.
func (s *Commands) await(ctx context.Context, c model.DeviceCommand) (model.DeviceCommand, error) {
	for {
		found, err := s.Store.View(ctx).Command(c.CommunityID, c.ID)
		if err != nil || found.Ended() {
			return found, err
		}
		if s.now() >= c.ExpiresAt {
			if _, err := s.Expire(ctx); err != nil {
				return found, err
			}
			continue
		}
		if err := model.Wait(ctx, commandLook); err != nil {
			return found, model.Fail(model.CodeTimeout, err)
		}
	}
}

// Expire ends commands whose life is over, and says how many.
func (s *Commands) Expire(ctx context.Context) (n int, err error) {
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		var ordered []model.DeviceCommand
		var err error
		if n, ordered, err = tx.ExpireCommands(200); err != nil {
			return err
		}
		return s.tellEnded(tx, ordered...)
	})
	return n, err
}

// CommandFilter narrows a list of commands.
type CommandFilter = store.CommandFilter

// List lists a community's commands, newest first. Errors: not_found out of scope.
func (s *Commands) List(ctx context.Context, caller *model.Caller, communityID string, f CommandFilter, p Page) (List[model.DeviceCommand], error) {
	if err := s.Directory.Reach(caller, permissionCommandRead, communityID); err != nil {
		return List[model.DeviceCommand]{}, err
	}
	found, err := s.Store.View(ctx).Commands(communityID, f, p.Cursor, p.Size()+1)
	return paged(found, p, func(c model.DeviceCommand) string { return c.ID }), err
}

// Get reads one command of a community. Errors: not_found, out of scope too.
func (s *Commands) Get(ctx context.Context, caller *model.Caller, communityID, id string) (model.DeviceCommand, error) {
	if err := s.Directory.Reach(caller, permissionCommandRead, communityID); err != nil {
		return model.DeviceCommand{}, err
	}
	return s.Store.View(ctx).Command(communityID, id)
}
