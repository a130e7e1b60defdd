package model

// AccessEntry says that somebody looked at a person's data (查阅记录). The person
// is shown it.
type AccessEntry struct {
	ID          string
	At          int64
	PersonID    string
	CommunityID string
	// ReaderID is the staff account, ReaderRole the role it was done by.
	ReaderID   string
	ReaderRole Role
	// What was looked at, such as "trail" or "lookup".
	What string
	// Purpose and Ticket are why, as the reader gave it.
	Purpose string
	Ticket  string
}

// TableName keeps the table's name a noun.
func (AccessEntry) TableName() string { return "access_log" }
