package service

import (
	"context"
	"regexp"
	"strings"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Painter draws a text as a QR symbol, size pixels wide, in SVG.
type Painter interface {
	SVG(text string, size int) ([]byte, error)
}

// PainterFunc is a function that is a Painter.
type PainterFunc func(text string, size int) ([]byte, error)

// SVG calls the function.
func (f PainterFunc) SVG(text string, size int) ([]byte, error) { return f(text, size) }

// Devices is the use cases of devices as staff see them, and of enrolment.
type Devices struct {
	Deps
	painter   Painter
	publicURL string
	// protocols are the dialects that this server understands.
	protocols []string
	// mayCall judges the address of a device; nil refuses every one.
	mayCall  func(address string) error
	brokered Brokered
}

// NewDevices makes the use cases of devices; publicURL is where devices reach this
// server.
func NewDevices(d Deps, painter Painter, publicURL string, protocols ...string) *Devices {
	return &Devices{Deps: d, painter: painter, publicURL: strings.TrimRight(publicURL, "/"), protocols: protocols}
}

// Calling lets devices be given addresses that mayCall does not refuse.
func (s *Devices) Calling(mayCall func(address string) error) *Devices {
	s.mayCall = mayCall
	return s
}

const (
	permissionDeviceRead   model.Permission = "device.read"
	permissionDeviceEnrol  model.Permission = "device.enrol"
	permissionDeviceRevoke model.Permission = "device.revoke"
)

// DeviceFilter narrows a list of devices.
type DeviceFilter = store.DeviceFilter

// List lists a community's devices by id, revoked ones too. A stranger gets
// not_found.
func (s *Devices) List(ctx context.Context, caller *model.Caller, communityID string, f DeviceFilter, p Page) (List[model.Device], error) {
	if err := s.Directory.Reach(caller, permissionDeviceRead, communityID); err != nil {
		return List[model.Device]{}, err
	}
	items, err := s.Store.View(ctx).Devices(communityID, f, p.Cursor, p.Size()+1)
	now := s.now()
	for i := range items {
		items[i].SeenBy(now)
	}
	return paged(items, p, func(d model.Device) string { return d.ID }), err
}

// Revoke withdraws a device's credential: at once here, within a second on all
// replicas. A device that is revoked already stays as it is, without an error.
func (s *Devices) Revoke(ctx context.Context, caller *model.Caller, communityID, id, reason string) (model.Device, error) {
	if err := s.Directory.Reach(caller, permissionDeviceRevoke, communityID); err != nil {
		return model.Device{}, err
	}
	var dev model.Device
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		revoked, err := tx.RevokeDevice(communityID, id)
		if err != nil {
			return err
		}
		if dev, err = tx.Device(communityID, id); err != nil || !revoked {
			return err
		}
		if err := tx.Audit(caller, communityID, "device.revoke", "device", id, map[string]string{"reason": withoutNumbers(reason), "gate_id": dev.GateID}); err != nil {
			return err
		}
		return s.tellStatus(tx, &dev, dev.RevokedAt)
	})
	if err != nil {
		return model.Device{}, err
	}
	s.showHere(ctx, s.Directory.LoadPlaces)
	return dev, nil
}

// longNumber finds what may be somebody's phone or document number.
var longNumber = regexp.MustCompile(`[0-9]{5,}[0-9Xx]?`)

// withoutNumbers is a reason as the log may keep it for good.
func withoutNumbers(reason string) string { return longNumber.ReplaceAllString(reason, "*") }

// tellStatus makes a device's new state known to replicas and recipients.
func (s *Devices) tellStatus(tx *store.Tx, dev *model.Device, at int64) error {
	if err := tx.Changed(model.ChangeDevice, dev.CommunityID, dev.ID); err != nil {
		return err
	}
	return s.emitStatus(tx, dev, dev.State, at)
}

// emitStatus tells recipients how a device stands: active, revoked, online or offline.
func (s *Devices) emitStatus(tx *store.Tx, dev *model.Device, state string, at int64) error {
	community, ok := s.Directory.Community(dev.CommunityID)
	if !ok {
		return nil // made a moment ago on another replica: nobody waits for its events yet
	}
	return tx.Emit(s.events(community, model.EventDeviceStatus, dev.ID, at, map[string]any{
		"device_id": dev.ID, "gate_id": dev.GateID, "state": state, "changed_at": model.FromMillis(at)}))
}
