package model

// AuditEntry is one act worth keeping: who did what to which thing. It holds
// ids and states only; a name, a phone or a secret in Detail is a defect.
type AuditEntry struct {
	ID          string
	At          int64
	CommunityID string
	ActorKind   string
	ActorID     string
	Action      string
	TargetKind  string
	TargetID    string
	// Detail is a flat JSON object.
	Detail string
	Sealed bool
}

// PassageBatch is the seal over the passages of one commit, which lie between
// ID and LastID without a stranger among them.
type PassageBatch struct {
	ID        string
	LastID    string
	RowsCount int
	Digest    []byte
	CreatedAt int64
	Sealed    bool
}

// ChainLink is one link of the audit chain: hash = SM3(previous hash ‖ digest).
type ChainLink struct {
	Seq       int64
	EntryKind string
	EntryID   string
	Digest    []byte
	Hash      []byte
	At        int64
}

// Anchor is the head of the chain at the end of a day (UTC+8), signed by the
// platform. Counts are of the whole chain up to it.
type Anchor struct {
	// Day is written 2006-01-02.
	Day  string `gorm:"primaryKey"`
	Seq  int64
	Hash []byte
	// Entries are links of the audit log, Batches those of passages, of which there
	// are Passages in all.
	Entries, Batches, Passages int64
	// PreviousSeq and PreviousHash are the head of the anchor before; 0 and zero
	// bytes for the first.
	PreviousSeq  int64
	PreviousHash []byte
	At           int64
	KeyNumber    uint16
	Signature    []byte
}

// Change is a line of the feed that keeps the memory of every replica right.
type Change struct {
	Seq         int64 `gorm:"primaryKey;autoIncrement"`
	Kind        ChangeKind
	Ref         string
	CommunityID string
	At          int64
}

// ChangeKind says what a change makes stale.
type ChangeKind string

// Kinds of changes; Ref is given in brackets.
const (
	ChangePass      ChangeKind = "pass"      // pass number in decimal
	ChangeDevice    ChangeKind = "device"    // device id
	ChangeGate      ChangeKind = "gate"      // gate id
	ChangeCommunity ChangeKind = "community" // community id: rules, groups, mode, places
	ChangeKeys      ChangeKind = "keys"      // key id
	ChangeSession   ChangeKind = "session"   // session id
	ChangeGrants    ChangeKind = "grants"    // staff id, a colon, the version of its roles
	ChangeRecipient ChangeKind = "recipient" // recipient id
	ChangePerson    ChangeKind = "person"    // id of a subject whose data key was destroyed
	ChangeEmergency ChangeKind = "emergency" // emergency id: its key is destroyed
)
