package model

// Session is one sign-in: the family of the refresh tokens that follow from it.
type Session struct {
	ID string
	// Kind is person or staff.
	Kind      string
	AccountID string
	PersonID  string
	CreatedAt int64
	ExpiresAt int64
	EndedAt   int64
	EndReason string
}

// RefreshToken is stored by its hex SM3 only; each is used once.
type RefreshToken struct {
	Hash      string
	SessionID string
	IssuedAt  int64
	ExpiresAt int64
	UsedAt    int64
}

// WechatAccount is how a resident signs in. The ids that WeChat gave are in
// clear in memory only.
type WechatAccount struct {
	ID string
	// AppID is the mini-program; an openid means something only within one.
	AppID     string
	OpenID    string
	UnionID   string
	PersonID  string
	CreatedAt int64
}

// String is the id alone.
func (a WechatAccount) String() string { return "wechat account " + a.ID }

// GoString is String, for %#v.
func (a WechatAccount) GoString() string { return a.String() }

// StaffAccount is how a member of staff signs in.
type StaffAccount struct {
	ID           string
	PersonID     string
	Username     string
	PasswordHash string
	// TOTPSecret is in clear in memory only; empty when the role needs none.
	TOTPSecret string
	// TOTPStep is the last 30-second step that was used, so that a code works once.
	TOTPStep     int64
	State        string
	CreatedBy    string
	CreatedAt    int64
	LastSignInAt int64
	// PasswordAt is when the password was set; 0 for when the account was made.
	PasswordAt int64
	// MustChange says that the password is a one-time one of an administrator.
	MustChange bool
	// WokenAt is when an administrator last lifted a lock for not being used.
	WokenAt int64
	// GrantsVersion counts the changes of the roles, so that tokens with old ones die.
	GrantsVersion int64
	// TOTPNext is a secret that was begun and not yet confirmed.
	TOTPNext string
}

// StaffGrant gives one role in one scope.
type StaffGrant struct {
	StaffID   string
	Role      Role
	ScopeKind ScopeKind
	ScopeID   string
	GrantedBy string
	GrantedAt int64
	// MAC is the seal of the row; a row without a right one gives nothing.
	MAC []byte
}

// StaffPassword is a password that was replaced, kept so that it is not taken again.
type StaffPassword struct {
	ID           string
	StaffID      string
	PasswordHash string
	ReplacedAt   int64
}

// BootstrapToken is the one-time right to become the first administrator. The
// token itself is never stored.
type BootstrapToken struct {
	Hash      string
	CreatedAt int64
	ExpiresAt int64
	UsedAt    int64
}
