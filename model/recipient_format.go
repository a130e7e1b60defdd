package model

import "slices"

// Kinds of recipients: what the outside system is for.
const (
	RecipientProperty = "property" // 物业系统
	RecipientCity     = "city"     // 城市综合管理平台
	RecipientParking  = "parking"  // 停车场系统
	RecipientAlarm    = "alarm"    // 报警系统
)

// Formats in which recipients are told.
const (
	// FormatCloudEvents is CloudEvents 1.0 signed by Standard Webhooks.
	FormatCloudEvents = "cloudevents"
	// FormatHC is the callbacks of HC (java110), an open property platform.
	FormatHC = "hc"
	// FormatVIID is GA/T 1400.4 towards a platform above (视图库级联).
	FormatVIID = "viid"
)

// RecipientFormat is what must be known of a format before anything is sent in it.
type RecipientFormat struct {
	// Kinds of recipients that speak it.
	Kinds []string
	// Types of events that it has words for.
	Types []string
	// OwnSecret says that the recipient's side hands us the secret, not we them.
	OwnSecret bool
	// Login says that an account and a device code belong to it as well.
	Login bool
}

// RecipientFormats are the formats. One without Types has words for all.
var RecipientFormats = map[string]RecipientFormat{
	FormatCloudEvents: {Kinds: []string{RecipientProperty, RecipientCity, RecipientParking, RecipientAlarm}},
	FormatHC: {Kinds: []string{RecipientProperty, RecipientParking}, Types: []string{EventCommandEnded, EventDeviceStatus, EventPassageRecorded},
		OwnSecret: true},
	FormatVIID: {Kinds: []string{RecipientCity, RecipientAlarm}, Types: []string{EventVehiclePassed}, OwnSecret: true, Login: true},
}

// Says reports whether the format has words for a type of event.
func (f RecipientFormat) Says(eventType string) bool {
	if f.Types != nil {
		return slices.Contains(f.Types, eventType)
	}
	_, known := EventFields[eventType]
	return known
}

// TellsDecision reports whether a format has words for a passage of that decision.
// HC's record is of a door that opened: told of a refusal, it would say that
// somebody came in who did not.
func TellsDecision(format, decision string) bool { return format != FormatHC || decision == "admit" }

// TellsDevice reports whether a format has words for a device of that state. HC's
// heartbeat says that a device lives: told of one that went away, it would lie.
func TellsDevice(format, state string) bool {
	return format != FormatHC || state == ConnectionOnline || state == StateActive
}

// personLevel are the fields that point at one person.
var personLevel = []string{"person_id"}

// ConsentedFields are the fields that leave for a recipient of a kind only with the
// person's consent to sharing. The property company runs the gates on the residents'
// behalf, so that what it needs is part of that; everybody else is a third party
// (PIPL 23).
func ConsentedFields(kind string) []string {
	if kind == RecipientProperty {
		return nil
	}
	return personLevel
}
