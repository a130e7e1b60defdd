package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// incidentDays is how many days one question may span.
const incidentDays = 366

// IncidentNumbers are counts of the incidents of one kind.
type IncidentNumbers = store.IncidentNumbers

// Numbers counts a community's incidents that were raised in [from, until), Unix
// milliseconds; 0 is thirty days ago, and now. Errors: not_found out of scope, invalid.
func (s *Incidents) Numbers(ctx context.Context, caller *model.Caller, communityID string, from, until int64) ([]IncidentNumbers, error) {
	if err := s.Directory.Reach(caller, permStatistics, communityID); err != nil {
		return nil, err
	}
	if until == 0 {
		until = s.now() + time.Second.Milliseconds() // the one that was raised just now as well
	}
	if from == 0 {
		from = until - 30*day.Milliseconds()
	}
	if until <= from || until-from > incidentDays*day.Milliseconds() {
		return nil, model.Invalid(model.FieldError{Field: "until", Code: "range", Limit: "366 days"})
	}
	return s.Store.View(ctx).IncidentNumbers(communityID, from, until, s.hiddenFrom(caller, communityID))
}
