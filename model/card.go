package model

// Card is a printed code (纸质卡): a pass of its own whose code lives until the end
// of its last day. State, gates, quota and number are those of the pass.
type Card struct {
	// PassID is the card's id too.
	PassID      string
	CommunityID string
	PersonID    string
	ResidencyID string
	// LastDay counts days as codes do; see passcode.DayAt.
	LastDay uint32
	// KeyNumber is the pass key that signed the code, which must outlive it.
	KeyNumber uint16
	// Code is the text in the symbol, signed once. It opens gates, and is sealed like
	// the holder's name.
	Code      string `gorm:"-"`
	IssuedBy  string
	CreatedAt int64
	// ReplacesID is the card in whose place this one was issued.
	ReplacesID string
	// Reason is why it was revoked, in the words of staff.
	Reason string
}

// CardsPerPerson is how many cards a person may hold at a time.
const CardsPerPerson = 2

// String is the id alone: the code opens gates.
func (c Card) String() string { return "card " + c.PassID }

// GoString is String, for %#v.
func (c Card) GoString() string { return c.String() }
