package service

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// Directory is the memory of a replica: what every request needs and few change.
// It is loaded whole at the start, kept right by the feed of changes, and read
// without a lock. Passes, of which there are many, are loaded when first shown.
type Directory struct {
	store  *store.Store
	master gm.Master
	places atomic.Pointer[placesView]
	keys   atomic.Pointer[keysView]
	passes passMemory
	codes  codeCache
	ended  endedSessions
	news   gateNews
	// rights are the counts of changes of roles: account id → int64.
	rights sync.Map
	// offsets holds device clocks as measured here since the places were loaded, which
	// bring what any replica has measured: device id → time.Duration.
	offsets sync.Map
	// signing are devices that have signed here: device id → struct{}.
	signing sync.Map
	// loading lets one load at a time replace a view, so that the last one to
	// finish is the last one to have read.
	loading sync.Mutex
}

// placesView is one consistent picture of everything but passes and sessions.
type placesView struct {
	communities map[string]*CommunityView
	streets     map[string]string // committee id → street id
	gates       map[string]*GateView
	devices     map[string]*DeviceView // by token hash
	devicesByID map[string]*DeviceView
	// devicesByPath are vendors' devices by the hash of their path token.
	devicesByPath map[string]*DeviceView
	// devicesBySerial are those that call a fixed place and name themselves.
	devicesBySerial map[vendorSerial]*DeviceView
	// cameras are those that look at a gate, by its id.
	cameras map[string][]*DeviceView
}

// vendorSerial is what a vendor's device calls itself.
type vendorSerial struct{ protocol, serial string }

// CommunityView is a community with what its gates decide by.
type CommunityView struct {
	model.Community
	StreetID   string
	Rules      *admission.Rules
	Groups     map[uint16]*admission.Group
	Gates      []*GateView
	Recipients []RecipientView
	// Trial is nil when no other rules are compared with those in force.
	Trial *RuleTrial
	// Emergency is the one that is active; ask Holds before using it, since its end
	// may have come.
	Emergency *EmergencyView
}

// GateView is a gate with its community.
type GateView struct {
	model.Gate
	Community *CommunityView
	Admission admission.Gate
}

// DeviceView is an enrolled device with its gate.
type DeviceView struct {
	model.Device
	Gate *GateView
	// Key is the device's own public key, nil without one.
	Key *ecdsa.PublicKey
}

// keysView is the opened ring and the verifiers of all pass keys.
type keysView struct {
	ring      *gm.Ring
	verifiers map[uint32]map[uint16]*passcode.Verifier // community number → key number
	signers   map[string]passSigner                    // community id
}

type passSigner struct {
	*passcode.Signer
	number uint16
}

// NewDirectory makes an empty directory; Load fills it.
func NewDirectory(s *store.Store, master gm.Master) *Directory {
	d := &Directory{store: s, master: master}
	d.places.Store(&placesView{})
	d.keys.Store(&keysView{})
	return d
}

// Load reads everything. It is called at the start; afterwards the feed keeps up.
func (d *Directory) Load(ctx context.Context) error {
	if err := d.LoadPlaces(ctx); err != nil {
		return err
	}
	if err := d.LoadKeys(ctx); err != nil {
		return err
	}
	if err := d.loadRights(ctx); err != nil {
		return err
	}
	return d.loadEnded(ctx)
}

// LoadPlaces replaces the picture of streets, communities, gates, devices, rules
// and recipients.
func (d *Directory) LoadPlaces(ctx context.Context) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	all, err := d.store.View(ctx).AllPlaces()
	if err != nil {
		return err
	}
	v := &placesView{communities: map[string]*CommunityView{}, streets: map[string]string{}, gates: map[string]*GateView{},
		devices: map[string]*DeviceView{}, devicesByID: map[string]*DeviceView{}, devicesByPath: map[string]*DeviceView{},
		devicesBySerial: map[vendorSerial]*DeviceView{}, cameras: map[string][]*DeviceView{}}
	for _, c := range all.Committees {
		v.streets[c.ID] = c.StreetID
	}
	for _, c := range all.Communities {
		v.communities[c.ID] = &CommunityView{Community: c, StreetID: v.streets[c.CommitteeID],
			Rules: &admission.Rules{Version: c.RuleVersion}, Groups: map[uint16]*admission.Group{}}
	}
	inForce := map[string]string{}
	for _, r := range all.Rules {
		if c := v.communities[r.CommunityID]; c != nil && r.Version == c.RuleVersion {
			inForce[c.ID] = r.Body
			if err := json.Unmarshal([]byte(r.Body), c.Rules); err != nil {
				return fmt.Errorf("rules %d of community %s: %w", r.Version, c.ID, err)
			}
			c.Rules.Version = r.Version
		}
	}
	if err := v.addTrials(all.Proposals, inForce); err != nil {
		return err
	}
	for _, g := range all.Groups {
		if c := v.communities[g.CommunityID]; c != nil {
			group := new(admission.Group)
			if err := json.Unmarshal([]byte(g.Body), group); err != nil {
				return fmt.Errorf("access group %d of community %s: %w", g.Number, c.ID, err)
			}
			c.Groups[g.Number] = group
		}
	}
	for _, r := range all.Recipients {
		if c := v.communities[r.CommunityID]; c != nil {
			c.Recipients = append(c.Recipients, viewRecipient(r))
		}
	}
	if err := v.addEmergencies(all.Emergencies); err != nil {
		return err
	}
	v.addGates(all)
	d.places.Store(v)
	d.offsets.Clear()
	return nil
}

func (v *placesView) addGates(all store.Places) {
	for _, g := range all.Gates {
		c := v.communities[g.CommunityID]
		if c == nil {
			continue
		}
		view := &GateView{Gate: g, Community: c, Admission: admission.Gate{ID: g.ID, Community: c.Number, Perimeter: g.Perimeter,
			Passback: admission.Passback(g.Passback), Fallback: admission.Fallback(g.Fallback)}}
		v.gates[g.ID] = view
		c.Gates = append(c.Gates, view)
	}
	for _, dev := range all.Devices {
		if g := v.gates[dev.GateID]; g != nil {
			view := &DeviceView{Device: dev, Gate: g, Key: keyOf(&dev)}
			v.devicesByID[dev.ID] = view
			if dev.State == model.StateActive {
				v.devices[dev.TokenHash] = view
				if dev.PathHash != nil {
					v.devicesByPath[*dev.PathHash] = view
				}
				v.addSerial(view)
				if dev.Protocol == model.ProtocolCamera {
					v.cameras[dev.GateID] = append(v.cameras[dev.GateID], view)
				}
			}
		}
	}
}

// addSerial makes a device known by its serial number, where nothing else tells it
// from others. The first one stays.
func (v *placesView) addSerial(dev *DeviceView) {
	name := vendorSerial{dev.Protocol, dev.Serial}
	if !model.NamesItself(dev.Protocol) || dev.Serial == "" {
		return
	}
	if other := v.devicesBySerial[name]; other == nil || dev.ID < other.ID {
		v.devicesBySerial[name] = dev
	}
}

// LoadKeys opens the ring anew and hands it to the store.
func (d *Directory) LoadKeys(ctx context.Context) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	stored, err := d.store.View(ctx).Keys()
	if err != nil {
		return err
	}
	ring, err := gm.NewRing(d.master, stored)
	if err != nil {
		return err
	}
	v := &keysView{ring: ring, verifiers: map[uint32]map[uint16]*passcode.Verifier{}, signers: map[string]passSigner{}}
	for id, c := range d.places.Load().communities {
		byNumber := map[uint16]*passcode.Verifier{}
		for _, k := range ring.PassKeys(id) {
			if byNumber[k.Number], err = passcode.NewVerifier(k.Public()); err != nil {
				return fmt.Errorf("key %s: %w", k.ID, err)
			}
		}
		v.verifiers[c.Number] = byNumber
		if k, ok := ring.PassSigner(id); ok {
			signer, err := passcode.NewSigner(k.Private())
			if err != nil {
				return fmt.Errorf("key %s: %w", k.ID, err)
			}
			v.signers[id] = passSigner{signer, k.Number}
		}
	}
	d.keys.Store(v)
	d.store.UseRing(ring)
	return nil
}

// Ring is the key ring in use.
func (d *Directory) Ring() *gm.Ring { return d.keys.Load().ring }

// passSigner is the community's signer of new pass codes.
func (d *Directory) passSigner(communityID string) (passSigner, bool) {
	s, ok := d.keys.Load().signers[communityID]
	return s, ok
}

// Community finds a community by id, for callers whose scope was checked.
func (d *Directory) Community(id string) (*CommunityView, bool) {
	c, ok := d.places.Load().communities[id]
	return c, ok
}

// Gate finds a gate by id.
func (d *Directory) Gate(id string) (*GateView, bool) {
	g, ok := d.places.Load().gates[id]
	return g, ok
}

// Device finds an enrolled device by id, revoked ones too.
func (d *Directory) Device(id string) (*DeviceView, bool) {
	v, ok := d.places.Load().devicesByID[id]
	return v, ok
}

// DevicesAt are the active devices of a gate, by id.
func (d *Directory) DevicesAt(gateID string) []*DeviceView {
	var out []*DeviceView
	for _, v := range d.places.Load().devicesByID {
		if v.GateID == gateID && v.State == model.StateActive {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b *DeviceView) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Pulled are the active devices whose stream of events is to be listened to.
func (d *Directory) Pulled() []*DeviceView {
	var out []*DeviceView
	for _, v := range d.places.Load().devicesByID {
		if v.Pull && v.Address != "" && v.State == model.StateActive {
			out = append(out, v)
		}
	}
	return out
}

// pulled is one of them.
func (d *Directory) pulled(id string) (*DeviceView, bool) {
	v, ok := d.Device(id)
	return v, ok && v.Pull && v.Address != "" && v.State == model.StateActive
}

// DeviceByToken finds the active device that a device token belongs to.
func (d *Directory) DeviceByToken(token string) (*DeviceView, bool) {
	v, ok := d.places.Load().devices[gm.HashToken(token)]
	return v, ok
}

// PlatformKeyID names a platform key as the key set does.
func PlatformKeyID(number uint16) string { return admission.PlatformKeyID(number) }
