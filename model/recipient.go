package model

// Recipient is an outside system that is told (接收方).
type Recipient struct {
	ID          string
	CommunityID string
	// Kind is what the system is for, Format how it is spoken to.
	Kind   string
	Format string
	Name   string
	URL    string
	// Account is whom we sign in as and DeviceCode what we are called, where the
	// format has such; the password is Secret.
	Account    string
	DeviceCode string
	// State is active, paused or disabled (the recipient answered 410 Gone).
	State    string
	WantsSM2 bool
	// Secret and PreviousSecret are in clear in memory only; the previous one
	// signs beside the new one until PreviousUntil.
	Secret         string
	PreviousSecret string
	PreviousUntil  int64
	EventTypes     []string
	// FieldPolicy says per event type which fields of data may leave.
	FieldPolicy   map[string][]string
	PolicyVersion int64
	Purpose       string
	Agreement     string
	// Sequence is the last one given out; it has no gaps.
	Sequence  int64
	CreatedBy string
	CreatedAt int64
}

// States of a recipient beside active and disabled.
const StatePaused = "paused"

// Delivery is one event for one recipient: a row of the outbox.
type Delivery struct {
	ID          string
	RecipientID string
	Sequence    int64
	CommunityID string
	Type        string
	Subject     string
	OccurredAt  int64
	// Body is the JSON of data, already cut to the field policy.
	Body string
	// State is pending, leased, delivered or dead.
	State       string
	Attempts    int
	NextAt      int64
	LeasedBy    string
	LeasedUntil int64
	DeliveredAt int64
	LastStatus  int
	LastDetail  string
}

// States of a delivery.
const (
	DeliveryPending   = "pending"
	DeliveryLeased    = "leased"
	DeliveryDelivered = "delivered"
	DeliveryDead      = "dead"
)

// Types of events.
const (
	EventPassageRecorded  = "cn.communitypass.passage.recorded"
	EventPassageConflict  = "cn.communitypass.passage.conflict"
	EventResidencyChanged = "cn.communitypass.residency.changed"
	EventVisitChanged     = "cn.communitypass.visit.changed"
	EventHealthReported   = "cn.communitypass.health.reported"
	EventVehiclePassed    = "cn.communitypass.vehicle.passed"
	EventIncidentChanged  = "cn.communitypass.incident.changed"
	EventLiftCalled       = "cn.communitypass.lift.called"
	EventCommandEnded     = "cn.communitypass.command.ended"
	EventDeviceStatus     = "cn.communitypass.device.status"
	EventTest             = "cn.communitypass.recipient.test"
)

// EventFields lists, per event type, every field that data may hold. A field
// policy chooses among them; what it does not choose does not leave. The first
// list is what a new recipient is given.
var EventFields = map[string]struct{ Default, Optional []string }{
	EventPassageRecorded: {
		Default:  []string{"passage_id", "gate_id", "direction", "decision", "reason", "kind", "scanned_at", "received_at", "online"},
		Optional: []string{"person_id", "building", "rule_version", "device_id", "skew_seconds"},
	},
	EventPassageConflict: {
		Default: []string{"conflict_id", "direction", "perimeter", "window_start", "passage_ids"},
	},
	EventResidencyChanged: {
		Default:  []string{"residency_id", "household_id", "relation", "status", "changed_at"},
		Optional: []string{"person_id", "building", "unit", "room"},
	},
	EventVisitChanged: {
		Default:  []string{"visit_id", "kind", "origin", "state", "changed_at"},
		Optional: []string{"household_id", "building", "unit", "room", "party_size", "valid_from", "valid_until"},
	},
	// That somebody reported, never what: what has left could not be destroyed.
	EventHealthReported: {
		Default:  []string{"report_id", "emergency_id", "reported_at", "corrected"},
		Optional: []string{"person_id"},
	},
	// A vehicle that was let through; of its plate never more than the mask.
	EventVehiclePassed: {
		Default:  []string{"passage_id", "gate_id", "direction", "kind", "passed_at", "online"},
		Optional: []string{"plate_masked", "visit_id", "household_id", "building", "device_id", "reason"},
	},
	// What people said of it never leaves.
	EventIncidentChanged: {
		Default:  []string{"incident_id", "kind", "severity", "state", "level", "raised_at", "changed_at"},
		Optional: []string{"gate_id", "device_id", "alarms", "origin", "post", "resolution"},
	},
	// That a lift was called and has answered, where from and where to.
	EventLiftCalled: {
		Default:  []string{"call_id", "lift_group_id", "state", "called_at"},
		Optional: []string{"from_floor", "to_floor", "lift", "building", "passage_id", "person_id"},
	},
	// How an order of an outside system ended; nobody is named in it.
	EventCommandEnded: {
		Default: []string{"command_id", "task_id", "kind", "state", "answer_code", "device_id", "gate_id", "ended_at"},
	},
	EventDeviceStatus: {
		Default: []string{"device_id", "gate_id", "state", "changed_at"},
	},
}
