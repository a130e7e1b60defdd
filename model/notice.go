package model

// Notice is a text for the residents of a community (通知). It is one row, however
// many read it: who it is for is found when it is read.
type Notice struct {
	ID          string
	CommunityID string
	TitleZH     string `gorm:"column:title_zh"`
	TitleEN     string `gorm:"column:title_en"`
	BodyZH      string `gorm:"column:body_zh"`
	BodyEN      string `gorm:"column:body_en"`
	Audience    NoticeAudience
	// Values are the buildings or relations of the audience; none for all.
	Values []string `gorm:"-"`
	// Urgent asks for a message to each resident of the audience as well.
	Urgent bool
	Pinned bool
	State  string
	// PublishAt and ExpiresAt bound when residents see it: [PublishAt, ExpiresAt).
	PublishAt   int64
	ExpiresAt   int64
	WithdrawnAt int64
	// Told says that the messages of an urgent notice are all written; until then
	// ToldAfter is the last person who has one.
	Told      bool
	ToldAfter string
	CreatedBy string
	CreatedAt int64
}

// NoticeAudience is whom a notice is for.
type NoticeAudience string

// Audiences.
const (
	AudienceAll      NoticeAudience = "all"
	AudienceBuilding NoticeAudience = "building"
	AudienceRelation NoticeAudience = "relation"
)

// States of a notice.
const (
	NoticeActive    = "active"
	NoticeWithdrawn = "withdrawn"
)
