package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// NewVendorDevice is a device of another maker that staff point at us.
type NewVendorDevice struct {
	GateID   string
	Name     string
	Protocol string
	// Serial is what the device calls itself, where its dialect says so.
	Serial string
	// AppID is the name under which it signs, where its dialect does.
	AppID string
	// Secret is what the device proves itself or signs by, where its protocol knows such
	// a thing; Link leads to a camera's pictures.
	Secret   string
	Link     string
	Settings DeviceSettings
}

// Registered is a new device with the address that it is to be given, which is
// shown this once.
type Registered struct {
	Device model.Device
	// Path is below the address of the devices' listener; empty where the device has
	// none of its own, and for one that speaks on a broker, which has a Login instead.
	Path  string
	Login *BrokerLogin
}

// BrokerLogin is how a device comes onto a broker (MQTT). The embedded broker knows it
// by itself; into another one the operator writes it.
type BrokerLogin struct {
	Username, Password string
	// TopicPrefix stands before the topics of its maker.
	TopicPrefix string
}

// Brokered are the dialects that are spoken on a broker, and where each device stands.
type Brokered struct {
	Protocols []string
	Prefix    func(deviceID string) string
}

// OnBroker lets devices be made known that speak on a broker.
func (s *Devices) OnBroker(b Brokered) *Devices {
	s.brokered = b
	return s
}

// wayIn is how a new device finds us: Path for those that send by HTTP, Token for what
// only the device knows, of which we keep the hash. Both are empty for those that call
// a listener of their own, and for cameras, which do not call.
type wayIn struct {
	Path, Token string
	Hash        *string
}

func (s *Devices) newWayIn(protocol string) wayIn {
	switch protocol {
	case model.ProtocolGB28181, model.ProtocolSIA, model.ProtocolVIID, model.ProtocolCamera:
		return wayIn{}
	}
	token := model.NewSecret("pt")
	kept := gm.HashToken(token)
	w := wayIn{Token: token, Hash: &kept}
	if !slices.Contains(s.brokered.Protocols, protocol) {
		w.Path = "/devices/" + protocol + "/" + token
	}
	return w
}

// Register makes a device of another maker known at a gate. Errors: not_found out of
// scope or for another community's gate, invalid for a name, a serial number, a secret,
// a link or a protocol that cannot stand or is not spoken here, conflict for the serial number of another active device
// where it is all that tells devices apart.
func (s *Devices) Register(ctx context.Context, caller *model.Caller, communityID string, in NewVendorDevice) (Registered, error) {
	if err := s.Directory.Reach(caller, permissionDeviceEnrol, communityID); err != nil {
		return Registered{}, err
	}
	gate, ok := s.Directory.Gate(in.GateID)
	if !ok || gate.CommunityID != communityID {
		return Registered{}, model.NotFound()
	}
	name, err := tidyName("/name", in.Name)
	if err != nil {
		return Registered{}, err
	}
	brokered := slices.Contains(s.brokered.Protocols, in.Protocol)
	switch {
	case !brokered && !slices.Contains(s.protocols, in.Protocol):
		return Registered{}, model.Invalid(model.FieldError{Field: "/protocol", Code: "enum"})
	case brokered && in.Serial == "":
		// Its topics are made of it, and what calls itself by another is refused.
		return Registered{}, model.Invalid(model.FieldError{Field: "/serial", Code: "required"})
	}
	if err := s.checkSettings(in.Protocol, &in.Settings, true); err != nil {
		return Registered{}, err
	}
	if err := provable(in); err != nil {
		return Registered{}, err
	}
	way := s.newWayIn(in.Protocol)
	dev := model.Device{ID: model.NewID(s.Clock.Now()), CommunityID: communityID, GateID: in.GateID, Name: name, Profile: model.ProfileVendor,
		// It has no token of ours: nobody knows what this is the hash of.
		TokenHash: gm.HashToken(model.NewSecret("dt")), State: model.StateActive, EnrolledAt: s.now(),
		Protocol: in.Protocol, Serial: in.Serial, PathHash: way.Hash, AppID: in.AppID, Secret: in.Secret, Link: in.Link}
	in.Settings.on(&dev)
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateDevice(dev); err != nil {
			return err
		}
		if err := aloneBySerial(tx, dev); err != nil {
			return err
		}
		if _, err := tx.SetDeviceContact(dev, in.Settings.login(dev.ID)); err != nil {
			return err
		}
		if err := tx.Audit(caller, communityID, "device.register", "device", dev.ID, map[string]string{"gate_id": dev.GateID, "protocol": dev.Protocol}); err != nil {
			return err
		}
		return s.tellStatus(tx, &dev, dev.EnrolledAt)
	})
	if err != nil {
		return Registered{}, err
	}
	s.showHere(ctx, s.Directory.LoadPlaces)
	out := Registered{Device: dev, Path: way.Path}
	if brokered {
		out.Login = &BrokerLogin{Username: dev.ID, Password: way.Token, TopicPrefix: s.brokered.Prefix(dev.ID)}
	}
	return out, nil
}

// aloneBySerial refuses a device that could be taken for another. Two made known in
// one moment may both pass: the first then stays the one that is meant.
func aloneBySerial(tx *store.Tx, dev model.Device) error {
	if !model.NamesItself(dev.Protocol) || dev.Serial == "" {
		return nil
	}
	others, err := tx.OthersBySerial(dev)
	if err == nil && others {
		return model.Fail(model.CodeConflict)
	}
	return err
}
