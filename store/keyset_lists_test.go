package store_test

import (
	"fmt"
	"math"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	oneEmergency = "01EMERGENCY000000000000000"
	oneRecipient = "01RECIPIENT000000000000000"
	farAway      = math.MaxInt64 / 2
)

// fillings say how each table is filled: a quarter of the rows for each of w.
func fillings(w ofWhom, word []byte) map[string]filled {
	of := func(column string, more ...any) filled {
		return func(i int) map[string]any {
			row := map[string]any{column: w.at(i)}
			for k := 0; k < len(more); k += 2 {
				row[more[k].(string)] = more[k+1]
			}
			return row
		}
	}
	return map[string]filled{
		"access_log":    of("person_id"),
		"audit_anchors": func(i int) map[string]any { return map[string]any{"day": fmt.Sprintf("%010d", i)} },
		"sharing_ledger": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "recipient_id": w.at(i), "event_type": w.at(i), "person_id": w.at(i), "event_id": keyAt(i)}
		},
		"approvals": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "person_id": w.at(i), "state": "pending", "kind": "visit"}
		},
		"audit_log": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "actor_id": w.at(i), "action": "a" + w.at(i), "sealed": 1}
		},
		"passage_batches": func(i int) map[string]any { return map[string]any{"id": keyAt(i), "last_id": keyAt(i), "sealed": 1} },
		"cards": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "person_id": w.at(i), "residency_id": keyAt(i % 4)}
		},
		"conflicts": of("community_id"),
		"outbox":    func(i int) map[string]any { return outboxRow(i) },
		"devices": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "token_hash": keyAt(i), "state": "active", "last_seen_at": 1}
		},
		"emergencies":      of("community_id", "fields", "[]", "colour_rules", "[]"),
		"emergency_scopes": func(i int) map[string]any { return map[string]any{"community_id": w.at(i), "emergency_id": keyAt(i)} },
		"persons":          func(i int) map[string]any { return map[string]any{"id": keyAt(i), "created_at": 1} },
		"exports":          of("community_id"),
		"privacy_findings": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "reader_id": keyAt(i), "state": "open"}
		},
		"health_reports": func(i int) map[string]any { return map[string]any{"person_id": w.at(i), "version": 1} },
		"households": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "building": fmt.Sprintf("%04d", i/100), "unit": "1", "room": fmt.Sprintf("%04d", i)}
		},
		"messages": of("person_id"),
		"notices": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "audience": "all", "state": "active", "publish_at": 1, "expires_at": int64(farAway)}
		},
		"passes": func(i int) map[string]any { return map[string]any{"person_id": w.at(i), "number": i + 1, "format": 1} },
		"passages": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "pass_number": i%4 + 1, "gate_id": w.at(i), "decision": "admit", "received_at": 5}
		},
		"device_events": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "device_id": w.at(i), "event_key": keyAt(i), "detail": "{}"}
		},
		"device_commands": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "device_id": keyAt(i), "number": i + 1, "args": "{}"}
		},
		"streets":     of("name"),
		"committees":  of("name"),
		"communities": func(i int) map[string]any { return map[string]any{"number": 1000 + i} },
		"gates":       of("community_id"),
		"entry_codes": func(i int) map[string]any { return map[string]any{"community_id": w.at(i), "code": keyAt(i)} },
		"recipients":  of("community_id", "event_types", "[]", "field_policy", "{}"),
		"residencies": func(i int) map[string]any { return residencyRow(w, i) },
		"incidents": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "reporter_id": w.at(i), "state": "raised", "kind": "fire"}
		},
		"incident_entries": func(i int) map[string]any { return map[string]any{"community_id": w.at(i), "incident_id": w.at(i)} },
		"handovers": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "gate_id": w.at(i), "state": "withdrawn", "open_gate": nil}
		},
		"residency_names": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "ix": word, "residency_id": keyAt(i)}
		},
		"restrictions":    of("community_id", "state", "active", "subject_id", "s"),
		"roster_entries":  of("added_by", "relation", "family"),
		"roster_imports":  of("community_id", "unknown_columns", "[]", "errors", "[]"),
		"rule_proposals":  of("community_id", "phase", "shadow", "rules", "{}"),
		"rule_rehearsals": of("community_id", "rules", "{}", "result", "{}"),
		"staff_accounts":  func(i int) map[string]any { return map[string]any{"username": keyAt(i), "totp_ct": nil} },
		"visits": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "household_id": w.at(i), "state": "approved", "kind": "guest"}
		},
		"health_standings": func(i int) map[string]any {
			return map[string]any{"community_id": w.at(i), "emergency_id": oneEmergency, "person_id": keyAt(i)}
		},
	}
}

func outboxRow(i int) map[string]any {
	return map[string]any{"recipient_id": oneRecipient, "sequence": i, "state": "delivered", "occurred_at": i, "next_at": i}
}

func residencyRow(w ofWhom, i int) map[string]any {
	person := keyAt(many - i)
	if i == 0 {
		person = w[0]
	}
	return map[string]any{"community_id": w.at(i), "household_id": keyAt(i / 20), "person_id": person, "status": "active",
		"relation": "owner", "lease_until": int64(farAway) - many + int64(i)}
}

// nothing drops the rows of a list.
func nothing[R any](_ []R, err error) error { return err }

// lists asks for a page in the middle of every list.
func lists(w ofWhom) []list {
	mid, three := keyAt(many/2), w[:3]
	const merged = 14 * page // three walks of a page each, and what of them is put together
	return append(residentLists(w, mid), []list{
		{method: "AccessEntries", read: func(tx *store.Tx) error { return nothing(tx.AccessEntries(w[0], mid, page)) }},
		{method: "Approvals", read: func(tx *store.Tx) error { return nothing(tx.Approvals(w[0], store.ApprovalFilter{}, mid, page)) }},
		{method: "Approvals", with: "of a state", read: func(tx *store.Tx) error {
			return nothing(tx.Approvals(w[0], store.ApprovalFilter{State: "pending", Kind: "visit"}, mid, page))
		}},
		{method: "AuditEntries", read: func(tx *store.Tx) error { return nothing(tx.AuditEntries(w[0], mid, page)) }},
		{method: "AuditPage", with: "everywhere", read: func(tx *store.Tx) error {
			return nothing(tx.AuditPage(store.AuditFilter{Everywhere: true}, mid, false, page))
		}},
		{method: "AuditPage", with: "of communities", most: merged, read: func(tx *store.Tx) error {
			return nothing(tx.AuditPage(store.AuditFilter{Communities: three}, mid, false, page))
		}},
		{method: "AuditPage", with: "of communities, oldest first", most: merged, read: func(tx *store.Tx) error {
			return nothing(tx.AuditPage(store.AuditFilter{Communities: three}, mid, true, page))
		}},
		{method: "AuditPage", with: "of an actor", read: func(tx *store.Tx) error {
			return nothing(tx.AuditPage(store.AuditFilter{Communities: three, ActorID: w[0]}, mid, false, page))
		}},
		{method: "AuditPage", with: "of an action", read: func(tx *store.Tx) error {
			return nothing(tx.AuditPage(store.AuditFilter{Everywhere: true, Action: "a" + w[0]}, mid, false, page))
		}},
		{method: "SealedIDs", read: func(tx *store.Tx) error { return nothing(tx.SealedIDs(store.EntryAudit, mid, page)) }},
		{method: "SealedIDs", with: "of batches", read: func(tx *store.Tx) error { return nothing(tx.SealedIDs(store.EntryBatch, mid, page)) }},
		{method: "Conflicts", sorts: "the admissions of a page of conflicts", read: func(tx *store.Tx) error { return nothing(tx.Conflicts(w[0], mid, page)) }},
		{method: "Deliveries", read: func(tx *store.Tx) error { return nothing(tx.Deliveries(oneRecipient, "", many/2, page)) }},
		{method: "Deliveries", with: "of a state", read: func(tx *store.Tx) error {
			return nothing(tx.Deliveries(oneRecipient, "delivered", many/2, page))
		}},
		{method: "SharedIn", read: func(tx *store.Tx) error { return nothing(tx.SharedIn(w[0], store.SharedFilter{}, mid, page)) }},
		{method: "SharedIn", with: "of a type", read: func(tx *store.Tx) error {
			return nothing(tx.SharedIn(w[0], store.SharedFilter{EventType: w[0]}, mid, page))
		}},
		{method: "SharedIn", with: "of a recipient", read: func(tx *store.Tx) error {
			return nothing(tx.SharedIn(w[0], store.SharedFilter{RecipientID: w[0]}, mid, page))
		}},
		{method: "SharedIn", with: "of a recipient and a type", read: func(tx *store.Tx) error {
			return nothing(tx.SharedIn(w[0], store.SharedFilter{RecipientID: w[0], EventType: w[0]}, mid, page))
		}},
		{method: "SharedAbout", read: func(tx *store.Tx) error { return nothing(tx.SharedAbout(w[0], mid, page)) }},
		{method: "SharedAboutIn", read: func(tx *store.Tx) error { return nothing(tx.SharedAboutIn(w[0], w[0], 0, 0, mid, page)) }},
		{method: "EventsOfTime", sorts: "the events of one hour", read: func(tx *store.Tx) error {
			return nothing(tx.EventsOfTime(oneRecipient, many/2, many/2+page, many/2-1, page))
		}},
		{method: "Devices", read: func(tx *store.Tx) error { return nothing(tx.Devices(w[0], store.DeviceFilter{}, mid, page)) }},
		{method: "Emergencies", read: func(tx *store.Tx) error { return nothing(tx.Emergencies(w[0], mid, page)) }},
		{method: "Exports", read: func(tx *store.Tx) error { return nothing(tx.Exports(w[0], mid, page)) }},
		{method: "Findings", read: func(tx *store.Tx) error { return nothing(tx.Findings(w[0], "", mid, page)) }},
		{method: "Findings", with: "of a state", read: func(tx *store.Tx) error { return nothing(tx.Findings(w[0], "open", mid, page)) }},
		{method: "Notices", read: func(tx *store.Tx) error { return nothing(tx.Notices(w[0], mid, page)) }},
		{method: "AudienceOf", read: func(tx *store.Tx) error {
			return nothing(tx.AudienceOf(model.Notice{CommunityID: w[0], Audience: model.AudienceAll}, mid, page))
		}},
		{method: "Passages", read: func(tx *store.Tx) error { return nothing(tx.Passages(w[0], store.PassageFilter{}, mid, page)) }},
		{method: "Passages", with: "of a gate", read: func(tx *store.Tx) error {
			return nothing(tx.Passages(w[0], store.PassageFilter{GateID: w[0], Decision: "admit"}, mid, page))
		}},
		{method: "PassageIDsAfter", read: func(tx *store.Tx) error { return nothing(tx.PassageIDsAfter(w[0], mid, page)) }},
		{method: "PassagesBehind", read: func(tx *store.Tx) error { return nothing(tx.PassagesBehind(w[0], mid, keyAt(many), page)) }},
		{method: "PassageMarks", read: func(tx *store.Tx) error { return nothing(tx.PassageMarks(w[0], 0, 1<<40, mid, page)) }},
		{method: "Batches", read: func(tx *store.Tx) error { return nothing(tx.Batches(mid, page)) }},
		{method: "PassagesBetween", read: func(tx *store.Tx) error { return nothing(tx.PassagesBetween(mid, keyAt(many), page)) }},
		{method: "Streets", read: func(tx *store.Tx) error { return nothing(tx.Streets(store.PlaceScope{All: true}, mid, page)) }},
		{method: "Committees", read: func(tx *store.Tx) error { return nothing(tx.Committees(store.PlaceScope{All: true}, mid, page)) }},
		{method: "Communities", read: func(tx *store.Tx) error { return nothing(tx.Communities(store.PlaceScope{All: true}, mid, page)) }},
		{method: "Gates", read: func(tx *store.Tx) error { return nothing(tx.Gates(w[0], mid, page)) }},
		{method: "EntryCodes", read: func(tx *store.Tx) error { return nothing(tx.EntryCodes(w[0], mid, page)) }},
		{method: "RecipientsOf", read: func(tx *store.Tx) error { return nothing(tx.RecipientsOf(w[:1], mid, page)) }},
		{method: "Restrictions", read: func(tx *store.Tx) error { return nothing(tx.Restrictions(w[0], "", mid, page)) }},
		{method: "Restrictions", with: "of a state", read: func(tx *store.Tx) error { return nothing(tx.Restrictions(w[0], "active", mid, page)) }},
		{method: "RosterImports", read: func(tx *store.Tx) error { return nothing(tx.RosterImports(w[0], mid, page)) }},
		{method: "RuleProposals", read: func(tx *store.Tx) error { return nothing(tx.RuleProposals(w[0], mid, page)) }},
		{method: "RuleProposalsIn", read: func(tx *store.Tx) error { return nothing(tx.RuleProposalsIn("shadow", mid, page)) }},
		{method: "RuleRehearsals", read: func(tx *store.Tx) error { return nothing(tx.RuleRehearsals(w[0], mid, page)) }},
		{method: "StaffWithin", read: func(tx *store.Tx) error {
			return nothing(tx.StaffWithin(store.StaffReach{Everywhere: true}, mid, page))
		}},
		{method: "DeviceEvents", read: func(tx *store.Tx) error {
			return nothing(tx.DeviceEvents(w[0], store.DeviceEventFilter{}, mid, page))
		}},
		{method: "Commands", read: func(tx *store.Tx) error {
			return nothing(tx.Commands(w[0], store.CommandFilter{}, mid, page))
		}},
		{method: "DevicesHeard", walks: "every active device, whose connections are judged by turns", read: func(tx *store.Tx) error {
			return nothing(tx.DevicesHeard(mid, page))
		}},
		{method: "Incidents", read: func(tx *store.Tx) error { return nothing(tx.Incidents(w[0], store.IncidentFilter{}, mid, page)) }},
		{method: "Incidents", with: "of a state", read: func(tx *store.Tx) error {
			return nothing(tx.Incidents(w[0], store.IncidentFilter{State: "raised", Kind: "fire"}, mid, page))
		}},
		{method: "IncidentsReportedBy", read: func(tx *store.Tx) error { return nothing(tx.IncidentsReportedBy(w[0], mid, page)) }},
		{method: "IncidentEntryIDsAfter", read: func(tx *store.Tx) error { return nothing(tx.IncidentEntryIDsAfter(w[0], mid, page)) }},
		{method: "Handovers", read: func(tx *store.Tx) error { return nothing(tx.Handovers(w[0], 0, mid, page)) }},
		{method: "StandingsElsewhere", walks: "the residents of the community, who are its whole answer", most: 8 * many, read: func(tx *store.Tx) error {
			return nothing(tx.StandingsElsewhere(w[0], oneEmergency, mid, page))
		}},
		{method: "Standings", read: func(tx *store.Tx) error { return nothing(tx.Standings(w[0], oneEmergency, mid, page)) }},
	}...)
}
