package admission

import "communitypass.cn/communitypass/model"

// Validate lists the fields that cannot stand, as JSON pointers into the rules;
// an empty list means that gates may use them.
func (r *Rules) Validate() []model.FieldError {
	var bad fieldErrors
	if r.Version < 1 {
		bad.add("/version", "range", "1..")
	}
	if r.ZoneMinutes < -720 || r.ZoneMinutes > 840 {
		bad.add("/zone_minutes", "range", "-720..840")
	}
	r.Kinds.Resident.validate("/kinds/resident", &bad)
	r.Kinds.Visitor.validate("/kinds/visitor", &bad)
	r.Kinds.Courier.validate("/kinds/courier", &bad)
	r.Kinds.Staff.validate("/kinds/staff", &bad)
	r.Kinds.Vehicle.validate("/kinds/vehicle", &bad)
	if r.CardQuota < 0 || r.CardQuota > 100 {
		bad.add("/card_quota", "range", "0..100")
	}
	if r.EmergencyUntil < 0 {
		bad.add("/emergency_until", "range", "0..")
	}
	// A limit below 35.0 or above 42.0 °C would stop everybody or nobody: a slip of
	// the unit.
	if r.TemperatureLimit != 0 && (r.TemperatureLimit < 350 || r.TemperatureLimit > 420) {
		bad.add("/temperature_limit_tenths", "range", "350..420")
	}
	if r.ReportHours < 0 || r.ReportHours > 24*30 {
		bad.add("/report_hours", "range", "0..720")
	}
	return bad
}

func (k *KindRule) validate(at string, bad *fieldErrors) {
	k.Hours.validate(at+"/hours", bad)
	if k.Quota < 0 || k.Quota > 1000 {
		bad.add(at+"/quota", "range", "0..1000")
	}
}
