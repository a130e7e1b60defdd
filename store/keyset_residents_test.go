package store_test

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// residentLists are those of people and homes.
func residentLists(w ofWhom, mid string) []list {
	three := w[:3]
	const merged = 14 * page
	visits := func(s store.VisitScope, f store.VisitFilter) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return nothing(tx.Visits(s, f, mid, page)) }
	}
	search := func(s store.ResidencySearch) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return nothing(tx.SearchResidencies(w[0], s, mid, page)) }
	}
	return []list{
		{method: "AddedEntries", read: func(tx *store.Tx) error { return nothing(tx.AddedEntries(w[0], "family", mid, page)) }},
		{method: "ApprovalsOfPerson", sorts: "what waits for one person", read: func(tx *store.Tx) error {
			return nothing(tx.ApprovalsOfPerson(w[0], mid, page))
		}},
		{method: "ApprovalsToAnswer", most: 30 * page, sorts: "what waits for one person", read: func(tx *store.Tx) error {
			return nothing(tx.ApprovalsToAnswer(three[0], []model.VisitDelegate{{PersonID: three[1], HouseholdID: three[2]}}, mid, page))
		}},
		{method: "Cards", read: func(tx *store.Tx) error { return nothing(tx.Cards(w[0], "", mid, page)) }},
		{method: "Cards", with: "of a residency", read: func(tx *store.Tx) error { return nothing(tx.Cards(w[0], keyAt(0), mid, page)) }},
		{method: "CardsOfPersons", most: merged, read: func(tx *store.Tx) error { return nothing(tx.CardsOfPersons(three, mid, page)) }},
		{method: "HealthReportsOf", most: 2 * merged, read: func(tx *store.Tx) error { return nothing(tx.HealthReportsOf(three, mid, page)) }},
		{method: "Households", read: func(tx *store.Tx) error {
			return nothing(tx.Households(w[0], "", &model.Household{Building: "0010", Unit: "1", Room: "1050"}, page))
		}},
		{method: "Households", with: "of a building", read: func(tx *store.Tx) error {
			return nothing(tx.Households(w[0], "0010", &model.Household{Building: "0010", Unit: "1", Room: "1010"}, page))
		}},
		{method: "LoosePersons", walks: "the accounts of staff", most: 5 * many, read: func(tx *store.Tx) error { return nothing(tx.LoosePersons(1<<40, mid, page)) }},
		{method: "MessagesOf", read: func(tx *store.Tx) error { return nothing(tx.MessagesOf(w[0], mid, false, page)) }},
		{method: "MessagesOf", with: "unread", sorts: "what one person has not read", read: func(tx *store.Tx) error {
			return nothing(tx.MessagesOf(w[0], mid, true, page))
		}},
		{method: "MessageIDsAfter", read: func(tx *store.Tx) error { return nothing(tx.MessageIDsAfter(w[0], mid, page)) }},
		{method: "NoticesFor", most: merged, read: func(tx *store.Tx) error {
			return nothing(tx.NoticesFor([]store.Home{{CommunityID: w[0]}, {CommunityID: w[1]}, {CommunityID: w[2]}}, nil, mid, page))
		}},
		{method: "PassesOfPeople", most: merged, sorts: "the passes of one person", read: func(tx *store.Tx) error {
			return nothing(tx.PassesOfPeople(three, mid, page))
		}},
		{method: "Trail", most: merged, read: func(tx *store.Tx) error {
			return nothing(tx.Trail(store.TrailFilter{PassNumbers: []uint64{1, 2, 3}}, mid, page))
		}},
		{method: "Trail", with: "of one pass", read: func(tx *store.Tx) error {
			return nothing(tx.Trail(store.TrailFilter{PassNumbers: []uint64{1}, CommunityID: w[0]}, mid, page))
		}},
		{method: "Residencies", read: func(tx *store.Tx) error { return nothing(tx.Residencies(w[0], "", mid, page)) }},
		{method: "Residencies", with: "of a status", read: func(tx *store.Tx) error { return nothing(tx.Residencies(w[0], "active", mid, page)) }},
		{method: "LapsingResidencies", sorts: "those of the same moment", read: func(tx *store.Tx) error {
			return nothing(tx.LapsingResidencies(farAway-many/2, farAway, 7, page))
		}},
		{method: "SearchResidencies", with: "by name", read: search(store.ResidencySearch{Name: "王伟"})},
		{method: "SearchResidencies", with: "by name and building", most: 12 * page, read: search(store.ResidencySearch{Name: "王伟", Building: "0000"})},
		{method: "SearchResidencies", with: "by building", most: 400, sorts: "the people of one building", read: search(store.ResidencySearch{Building: "0000"})},
		{method: "RestrictionsOn", sorts: "what stands against one person", most: many + many/2, read: func(tx *store.Tx) error {
			return nothing(tx.RestrictionsOn([]string{"s"}, mid, page))
		}},
		{method: "Unannounced", most: 8 * page, read: func(tx *store.Tx) error {
			people, _, err := tx.Unannounced(w[0], "none", mid, page)
			return nothing(people, err)
		}},
		{method: "Visits", read: visits(store.VisitScope{Communities: w[:1]}, store.VisitFilter{})},
		{method: "Visits", with: "of a state", read: visits(store.VisitScope{Communities: w[:1]}, store.VisitFilter{State: "approved", Kind: "guest"})},
		{method: "Visits", with: "of communities", most: merged, read: visits(store.VisitScope{Communities: three}, store.VisitFilter{})},
		{method: "Visits", with: "of homes", most: merged, read: visits(store.VisitScope{Homes: []store.VisitHome{{HouseholdID: w[0]}, {HouseholdID: w[1]}}}, store.VisitFilter{})},
	}
}
