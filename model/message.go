package model

// Message is something that a person is told (消息). It is stored with what it is
// about, in the same transaction; pushing it to a phone comes after and can fail
// without losing it.
type Message struct {
	ID          string
	PersonID    string
	CommunityID string
	// Template names the sentence; the text is made when it is read, in the
	// reader's language.
	Template string
	// Subject is what it is about, such as a visit.
	SubjectKind string
	SubjectID   string
	// Params fill the sentence; they may be personal and are kept sealed under the
	// person's key.
	Params map[string]string `gorm:"-"`
	// Urgent asks for every way there is of reaching the person at once.
	Urgent    bool
	CreatedAt int64
	ReadAt    int64
}

// String is the id alone, so that a careless log line shows no personal data.
func (m Message) String() string { return "message " + m.ID }

// GoString is String, for %#v.
func (m Message) GoString() string { return m.String() }
