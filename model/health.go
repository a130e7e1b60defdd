package model

// HealthReport is one version of what a person reported (健康申报), in clear in
// memory only. It exists in an emergency only and goes with it.
type HealthReport struct {
	ID          string
	EmergencyID string
	CommunityID string
	PersonID    string
	// RootID is the report that this is a version of, its own id for the first.
	RootID  string
	Version int
	// AuthorID is the person or the staff account that wrote this version.
	AuthorID  string
	CreatedAt int64
	HealthAnswers
	// Reason is why it was corrected.
	Reason string
}

// HealthAnswers are what was asked. What is zero was not answered; a list that is empty
// and not nil says that there is none.
type HealthAnswers struct {
	TemperatureTenths int      `json:"temperature_tenths,omitempty"`
	Symptoms          []string `json:"symptoms,omitzero"`
	Exposure          *bool    `json:"exposure,omitempty"`
	Travel            []string `json:"travel,omitzero"`
	TestResult        string   `json:"test_result,omitempty"`
}

// String is the id alone, so that a careless log line shows nothing of health.
func (r HealthReport) String() string { return "health report " + r.ID }

// GoString is String, for %#v.
func (r HealthReport) GoString() string { return r.String() }

// Reading is a temperature that a gate measured.
type Reading struct {
	ID          string // that of the passage
	EmergencyID string
	CommunityID string
	PersonID    string
	// Sealed is the value under the emergency's key.
	Sealed    []byte
	CreatedAt int64
}

// Measured is a temperature in tenths of °C and when it was measured.
type Measured struct {
	Tenths int
	At     int64
}

// Standing is what the colour of a person is made of in an emergency. Facts is the
// JSON of service.HealthFacts, in clear in memory only.
type Standing struct {
	EmergencyID string
	PersonID    string
	CommunityID string
	Facts       string `gorm:"-"`
	// DueAt is when the next report is due.
	DueAt      int64
	RemindedAt int64
	UpdatedAt  int64
}

// TableName says whose standing.
func (Standing) TableName() string { return "health_standings" }

// String is the id alone.
func (s Standing) String() string { return "standing of " + s.PersonID }

// GoString is String, for %#v.
func (s Standing) GoString() string { return s.String() }
