package model

// Shared says that an event reached an outside recipient, and which fields of it
// (共享台账): the record that PIPL 21 and 23 and art. 12 of the regulation on
// network data ask for. It holds names of fields, never what stood in them, and is
// not changed once it is written, but for the person, who is taken out when their
// account is erased.
type Shared struct {
	ID string
	// At is when the recipient's acknowledgement was booked, Unix milliseconds.
	At          int64
	CommunityID string
	RecipientID string
	// RecipientKind and RecipientName, PolicyVersion, Purpose and Agreement are
	// those that held when it was sent.
	RecipientKind string
	RecipientName string
	EventID       string
	EventType     string
	Subject       string
	// PersonID is whom the event is about, empty where it is about nobody alone.
	PersonID string
	// Fields are the members of data that the format was given, comma-separated, in
	// the order in which they were written.
	Fields        string
	PolicyVersion int64
	Purpose       string
	Agreement     string
	// SM3 is hex over the bytes that were sent; with the event it is the row's
	// identity, so that a repetition adds nothing and different bytes do.
	SM3 string `gorm:"column:sm3"`
}

// TableName keeps the table's name a noun.
func (Shared) TableName() string { return "sharing_ledger" }

// Accountable says that deliveries of a type go into the sharing ledger: all but
// those that say nothing of any person.
func Accountable(eventType string) bool {
	return eventType != EventTest && eventType != EventDeviceStatus && eventType != EventCommandEnded
}
