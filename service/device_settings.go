package service

import (
	"context"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// DeviceSettings is how another maker's device is called, and what is particular to it.
type DeviceSettings struct {
	// Address is http or https with an IP address; empty when the device cannot be
	// called.
	Address string
	// User and Password are for digest authentication; both nil leaves them as they are.
	User, Password *string
	// Pull has us listen to the device's stream of events (Hikvision only).
	Pull bool
	// OfflineAfter is the silence after which it is offline; 0 for its protocol's.
	OfflineAfter time.Duration
	// AuthWord is SUCCEED or SUCCESS (ZKTeco only); empty for SUCCEED.
	AuthWord string
	// Areas are codes of those whose warnings concern this community (CAP only); none for
	// all.
	Areas []string
	// Announcing is what a plate camera says and shows beside its answer.
	Announcing model.Announcing
}

// on puts the settings on a device, but for the login, which is sealed by itself.
func (in *DeviceSettings) on(dev *model.Device) {
	dev.Address, dev.Pull, dev.OfflineAfterMs, dev.AuthWord = in.Address, in.Pull, in.OfflineAfter.Milliseconds(), in.AuthWord
	dev.Areas, dev.Announcing = strings.Join(in.Areas, ","), in.Announcing
}

// login is nil when it stays as it is.
func (in *DeviceSettings) login(id string) *model.DeviceContact {
	if in.User == nil && in.Password == nil {
		return nil
	}
	out := model.DeviceContact{DeviceID: id}
	if in.User != nil {
		out.User = *in.User
	}
	if in.Password != nil {
		out.Password = *in.Password
	}
	return &out
}

// checkSettings refuses what cannot be for a protocol: an address outside of the
// networks that devices may be in, listening to what has no stream.
func (s *Devices) checkSettings(protocol string, in *DeviceSettings, fresh bool) error {
	var bad []model.FieldError
	if in.Address != "" && (s.mayCall == nil || s.mayCall(in.Address) != nil) {
		bad = append(bad, model.FieldError{Field: "/address", Code: "format"})
	}
	if in.Pull && protocol != model.ProtocolHikvision {
		bad = append(bad, model.FieldError{Field: "/pull", Code: "enum"})
	}
	if (in.Pull || fresh && in.login("") != nil) && in.Address == "" {
		bad = append(bad, model.FieldError{Field: "/address", Code: "required"})
	}
	if in.AuthWord != "" && protocol != model.ProtocolZKTeco {
		bad = append(bad, model.FieldError{Field: "/auth_word", Code: "enum"})
	}
	if len(in.Areas) > 0 && protocol != model.ProtocolCAP {
		bad = append(bad, model.FieldError{Field: "/areas", Code: "enum"})
	}
	bad = append(bad, checkAnnouncing(protocol, &in.Announcing)...)
	if (in.User == nil) != (in.Password == nil) {
		bad = append(bad, model.FieldError{Field: "/password", Code: "required"})
	}
	if len(bad) > 0 {
		return model.Invalid(bad...)
	}
	return nil
}

// Set replaces the settings of another maker's device; a user and password that are
// not given stay, unless the address changes, for a password must not be sent to
// another place than it was meant for. Errors: not_found out of scope, for a revoked
// device and for one of our own kind; invalid.
func (s *Devices) Set(ctx context.Context, caller *model.Caller, communityID, id string, in DeviceSettings) (model.Device, error) {
	if err := s.Directory.Reach(caller, permissionDeviceEnrol, communityID); err != nil {
		return model.Device{}, err
	}
	var dev model.Device
	err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if dev, err = tx.Device(communityID, id); err != nil {
			return err
		}
		if dev.Profile != model.ProfileVendor || dev.State != model.StateActive {
			return model.NotFound()
		}
		if err := s.checkSettings(dev.Protocol, &in, false); err != nil {
			return err
		}
		login := in.login(id)
		if login == nil && in.Address != dev.Address {
			login = &model.DeviceContact{DeviceID: id}
		}
		in.on(&dev)
		set, err := tx.SetDeviceContact(dev, login)
		if err != nil {
			return err
		}
		if !set {
			return model.NotFound()
		}
		if err := tx.Audit(caller, communityID, "device.settings", "device", id, map[string]string{"gate_id": dev.GateID}); err != nil {
			return err
		}
		return tx.Changed(model.ChangeDevice, communityID, id)
	})
	if err != nil {
		return model.Device{}, err
	}
	s.showHere(ctx, s.Directory.LoadPlaces)
	return dev, nil
}
