package golden

import (
	"time"

	"communitypass.cn/communitypass/admission"
)

// Scene is everything a decision depends on.
type Scene struct {
	// Now is the clock of the one who decides.
	Now   time.Time       `json:"now"`
	Stale bool            `json:"stale"`
	Gate  admission.Gate  `json:"gate"`
	Rules admission.Rules `json:"rules"`
	// EmergencyUntil is Rules.EmergencyUntil in a form that people can read.
	EmergencyUntil *time.Time `json:"emergency_until"`
	// Keys are the numbers of the keys that the gate has.
	Keys   []uint16                   `json:"keys"`
	Groups map[uint16]admission.Group `json:"groups"`
	Passes map[uint64]Pass            `json:"passes"`
	// Missing says that a pass which is not listed does not exist; otherwise
	// nothing is known against it.
	Missing  bool         `json:"missing"`
	Spent    []Spent      `json:"spent"`
	Admitted []Admissions `json:"admitted"`
	Inside   []Entrance   `json:"inside"`

	Code       *Code       `json:"code"`
	Identified *Identified `json:"identified"`
	// Plate says that a number plate was read.
	Plate       bool                `json:"plate"`
	Direction   admission.Direction `json:"direction"`
	Temperature int                 `json:"temperature_tenths"`
	// ScannedAt and OffsetSeconds are the device's clock; without an offset the
	// device's clock was never measured.
	ScannedAt     time.Time `json:"scanned_at"`
	OffsetSeconds *float64  `json:"offset_seconds"`
}

// Pass is admission.Pass with its dates in a form that people can read.
type Pass struct {
	admission.Pass
	From  *time.Time `json:"from"`
	Until *time.Time `json:"until"`
}

// Spent is a use that took place. Gate is where, for those who must store it.
type Spent struct {
	WindowOf  time.Time           `json:"window_of"`
	Pass      uint64              `json:"pass"`
	Direction admission.Direction `json:"direction"`
	Perimeter string              `json:"perimeter"`
	Gate      string              `json:"gate"`
}

// Admissions are the admissions of a day.
type Admissions struct {
	Day       string              `json:"day"`
	Pass      uint64              `json:"pass"`
	Direction admission.Direction `json:"direction"`
	Perimeter string              `json:"perimeter"`
	Gate      string              `json:"gate"`
	Times     int                 `json:"times"`
}

// Entrance is a pass that is inside a perimeter.
type Entrance struct {
	Pass      uint64 `json:"pass"`
	Perimeter string `json:"perimeter"`
	Gate      string `json:"gate"`
}
