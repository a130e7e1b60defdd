package house

import (
	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/qr"
)

// imagesKept bounds the memory for pass codes drawn as images: some 10 MB.
const imagesKept = 4096

// sheetsKept is how many printed cards are kept drawn: next to none, since each is
// printed once.
const sheetsKept = 2

// api mounts the use cases on the parts of the contract.
func (h *House) api(docs *handler.Docs) *handler.House {
	s := &h.Services
	return &handler.House{
		Sessions:       &handler.Sessions{Service: s.Sessions},
		Accounts:       &handler.Accounts{Staff: s.Staff, Sessions: s.Sessions},
		Staff:          &handler.Staff{Service: s.Staff},
		Residents:      &handler.Residents{Service: s.Residents},
		Residencies:    &handler.Residencies{Service: s.Residencies},
		Families:       &handler.Families{Service: s.Families},
		Households:     &handler.Households{Service: s.Households},
		RosterFiles:    handler.NewRosterFiles(s.RosterFiles),
		Places:         &handler.Places{Service: s.Places},
		Devices:        &handler.Devices{Service: s.Devices},
		DeviceEvents:   &handler.DeviceEvents{Intake: s.Intake, Devices: s.Devices},
		DeviceCommands: &handler.DeviceCommands{Service: s.Commands},
		Gates:          &handler.Gates{Service: s.Gates, Streams: h.Streams},
		Codes:          &handler.Codes{Service: s.Codes, Painter: painter{qr.NewCache(imagesKept)}},
		Passages:       &handler.Passages{Service: s.Passages, Streams: h.Streams},
		Rules:          &handler.Rules{Service: s.Rules},
		Cards:          &handler.Cards{Service: s.Cards, Painter: painter{qr.NewCache(sheetsKept)}},
		Strips:         &handler.Strips{Service: s.Codes},
		Spoken:         &handler.Spoken{Service: s.Spoken},
		Lookups:        &handler.Lookups{Service: s.Lookups},
		Statistics:     &handler.Statistics{Service: s.Statistics},
		Visits:         &handler.Visits{Service: s.Visits},
		VisitEvents:    &handler.VisitEvents{Service: s.Visits, Streams: h.Streams},
		Emergencies:    &handler.Emergencies{Service: s.Emergencies},
		Health:         &handler.Health{Service: s.Health},
		Restrictions:   &handler.Restrictions{Service: s.Restrictions},
		Messages:       &handler.Messages{Service: s.Messages, Streams: h.Streams},
		Notices:        &handler.Notices{Service: s.Notices},
		Recipients:     &handler.Recipients{Service: s.Recipients},
		Deliveries:     &handler.Deliveries{Service: s.Deliveries},
		Privacy:        &handler.Privacy{Service: s.Privacy, Closings: s.Closings},
		Exports:        &handler.Exports{Service: s.Exports},
		Audit:          &handler.Audit{Service: s.Audit},
		System:         &handler.System{Service: s.System},
		Docs:           docs,
		Incidents:      &handler.Incidents{Service: s.Incidents, Streams: h.Streams},
		Handovers:      &handler.Handovers{Service: s.Handovers},
		Lifts:          &handler.Lifts{Service: s.Lifts, Streams: h.Streams},
	}
}
