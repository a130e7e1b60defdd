package admission

import (
	"slices"

	"communitypass.cn/communitypass/model"
)

// Group is an access group: the gates and floors that its passes open, and when.
type Group struct {
	// All opens every gate of the community; Gates is then not looked at.
	All   bool     `json:"all,omitempty"`
	Gates []string `json:"gates,omitempty"`
	// Floors are for lifts; a gate does not judge them.
	Floors []string `json:"floors,omitempty"`
	Hours  Hours    `json:"hours,omitempty"`
}

// Validate lists the fields that cannot stand.
func (g *Group) Validate() []model.FieldError {
	var bad fieldErrors
	g.Hours.validate("/hours", &bad)
	return bad
}

func (g *Group) opens(gateID string) bool {
	return g.All || slices.Contains(g.Gates, gateID)
}
