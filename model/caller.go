package model

// CallerKind says which of the contract's security schemes was met.
type CallerKind string

// Kinds of callers.
const (
	CallerAnyone CallerKind = ""
	CallerPerson CallerKind = "person"
	CallerStaff  CallerKind = "staff"
	CallerDevice CallerKind = "device"
	CallerVisit  CallerKind = "visit"
	CallerSystem CallerKind = "system"
)

// Grant is one role in one scope, as carried by a caller.
type Grant struct {
	Role      Role      `json:"r"`
	ScopeKind ScopeKind `json:"k"`
	ScopeID   string    `json:"s,omitempty"`
}

// Caller is who is calling, after authentication.
type Caller struct {
	Kind CallerKind
	// AccountID is the staff or WeChat account, or the device.
	AccountID string
	PersonID  string
	SessionID string
	Grants    []Grant
	// VisitID is set for the holder of a visit token.
	VisitID string
	// Device is set for devices: the device, its gate and its community.
	Device *Device
}

// Holds reports whether the caller's kind or any of its roles has the permission
// somewhere. Where, is for the service to say.
func (c *Caller) Holds(p Permission) bool {
	switch c.Kind {
	case CallerPerson:
		return RoleResident.Has(p)
	case CallerDevice:
		return RoleGate.Has(p)
	case CallerVisit:
		return RoleVisitor.Has(p)
	case CallerStaff:
		for _, g := range c.Grants {
			if g.Role.Has(p) {
				return true
			}
		}
	}
	return false
}
