package service

import (
	"slices"
	"time"

	"communitypass.cn/communitypass/model"
)

// Profile is how strict accounts of staff are. The zero value is the standard one.
type Profile struct {
	// PasswordClasses is how many of lower case, upper case, digits and signs a new
	// password must have.
	PasswordClasses int
	// PasswordAge is how long a password holds; 0 for ever.
	PasswordAge time.Duration
	// PasswordHistory is how many passwords before the present one are not taken again.
	PasswordHistory int
	// Idle ends a sign-in that is not refreshed; WideIdle that of roles in a street or
	// on the platform. 0 is no such end.
	Idle, WideIdle time.Duration
	// Dormant locks accounts that nobody signed in to for so long; 0 never.
	Dormant time.Duration
}

// ProfileDJCP is level three of classified protection (GB/T 22239, 8.1.4.1 and 8.1.4.2).
var ProfileDJCP = Profile{PasswordClasses: 3, PasswordAge: 90 * 24 * time.Hour, PasswordHistory: 5,
	Idle: 30 * time.Minute, WideIdle: 15 * time.Minute, Dormant: 90 * 24 * time.Hour}

// idle is the idle time of staff with these roles; 0 for none.
func (p Profile) idle(grants []model.Grant) time.Duration {
	wide := slices.ContainsFunc(grants, func(g model.Grant) bool {
		return g.ScopeKind == model.ScopePlatform || g.ScopeKind == model.ScopeStreet
	})
	if wide {
		return p.WideIdle
	}
	return p.Idle
}

// accessLife is how long an access token of staff with these roles runs. Use is seen
// when a token is refreshed, so it must be short beside the idle time: three to
// one. Whoever is idle is out no later than promised, and no earlier than two
// thirds of it.
func (p Profile) accessLife(grants []model.Grant) time.Duration {
	if idle := p.idle(grants); idle > 0 {
		return min(AccessTokenLife, idle/3)
	}
	return AccessTokenLife
}

// ends is when a session ends that is used now: when it stays idle, and at the
// latest at the end of its absolute life.
func (p Profile) ends(s model.Session, grants []model.Grant, now int64) int64 {
	idle, absolute := residentLife, residentAbsolute
	if s.Kind == string(model.CallerStaff) {
		idle, absolute = staffLife, staffLife
		if own := p.idle(grants); own > 0 {
			idle = own
		}
	}
	return min(now+idle.Milliseconds(), s.CreatedAt+absolute.Milliseconds())
}

// dormant reports whether an account was unused for too long.
func (p Profile) dormant(a *model.StaffAccount, now int64) bool {
	last := max(a.LastSignInAt, a.CreatedAt, a.WokenAt)
	return p.Dormant > 0 && now-last >= p.Dormant.Milliseconds()
}

// expired reports whether a password must be changed before anything else.
func (p Profile) expired(a *model.StaffAccount, now int64) bool {
	return a.MustChange || p.PasswordAge > 0 && now-max(a.PasswordAt, a.CreatedAt) >= p.PasswordAge.Milliseconds()
}
