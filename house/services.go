package house

import (
	"path/filepath"

	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/qr"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// Services are the use cases.
type Services struct {
	Sessions     *service.Sessions
	Staff        *service.Staff
	Residents    *service.Residents
	Residencies  *service.Residencies
	Families     *service.Families
	Households   *service.Households
	RosterFiles  *service.RosterFiles
	Codes        *service.Codes
	Places       *service.Places
	Devices      *service.Devices
	Intake       *service.Intake
	Commands     *service.Commands
	Listening    *service.Listening
	Gates        *service.Gates
	Rules        *service.Rules
	Passages     *service.Passages
	Cards        *service.Cards
	Spoken       *service.Spoken
	Lookups      *service.Lookups
	Statistics   *service.Statistics
	Recipients   *service.Recipients
	Deliveries   *service.Deliveries
	Forwarder    *service.Forwarder
	System       *service.System
	Messages     *service.Messages
	Notices      *service.Notices
	Pusher       *service.Pusher
	Visits       *service.Visits
	Privacy      *service.Privacy
	Closings     *service.Closings
	Exports      *service.Exports
	Audit        *service.Audit
	Anchors      *service.Anchors
	Emergencies  *service.Emergencies
	Health       *service.Health
	Restrictions *service.Restrictions
	Incidents    *service.Incidents
	Handovers    *service.Handovers
	Lifts        *service.Lifts
}

// employ makes the use cases.
func (h *House) employ() {
	d := h.deps
	out := NewCourier(h.sender, d.Directory)
	passwords := service.NewPasswords()
	forwarder := service.NewForwarder(d, out)
	codes := service.NewCodes(d)
	gates := service.NewGates(d, h.Recorder)
	commands := service.NewCommands(d, carriers(h.calls, d.Clock, h.Exchange)).RecordWith(gates)
	intake := service.NewIntake(d, gates).WithOpener(commands)
	listener := ear{hikvision.NewListener(h.calls, h.hikvision, d.Clock)}
	h.Services = Services{
		Sessions:     service.NewSessions(d, signIn{h.wechat}, h.cfg.Wechat.AppID, passwords),
		Staff:        service.NewStaff(d, passwords),
		Residents:    service.NewResidents(d, h.wechat),
		Residencies:  service.NewResidencies(d),
		Families:     service.NewFamilies(d),
		Households:   service.NewHouseholds(d),
		RosterFiles:  service.NewRosterFiles(d),
		Codes:        codes,
		Places:       service.NewPlaces(d, h.cfg.PublicURL),
		Devices:      service.NewDevices(d, service.PainterFunc(qr.SVG), h.cfg.PublicURL, protocols()...).Calling(h.calls.CheckAddress),
		Commands:     commands,
		Intake:       intake,
		Listening:    service.NewListening(d, intake, listener, model.NewID(d.Clock.Now())),
		Gates:        gates,
		Rules:        service.NewRules(d),
		Passages:     service.NewPassages(d),
		Cards:        service.NewCards(d),
		Spoken:       service.NewSpoken(d),
		Lookups:      service.NewLookups(d),
		Statistics:   service.NewStatistics(d),
		Recipients:   service.NewRecipients(d, out, forwarder.Nudge),
		Deliveries:   service.NewDeliveries(d, service.KeepDelivered, forwarder.Nudge),
		Forwarder:    forwarder,
		System:       service.NewSystem(d, h.cfg.Serving),
		Messages:     service.NewMessages(d),
		Notices:      service.NewNotices(d),
		Pusher:       service.NewPusher(d, h.cfg.Wechat.AppID, subscriber{h.wechat}, h.texter()),
		Visits:       service.NewVisits(d, codes, h.cfg.PublicURL),
		Privacy:      service.NewPrivacy(d),
		Closings:     service.NewClosings(d, Tombstones(h.cfg.DataDir)),
		Exports:      service.NewExports(d),
		Audit:        service.NewAudit(d),
		Anchors:      service.NewAnchors(d, service.NewSealer(d, h.cfg.Retention.Passages)),
		Emergencies:  service.NewEmergencies(d),
		Health:       service.NewHealth(d),
		Restrictions: service.NewRestrictions(d),
		Incidents:    service.NewIncidents(d),
		Handovers:    service.NewHandovers(d),
		Lifts:        service.NewLifts(d, h.liftControllers(), service.PainterFunc(qr.SVG), h.cfg.PublicURL),
	}
	h.Services.Intake.Lifts = h.Services.Lifts
}

// Tombstones is the list of deleted people beside the database, in the data folder.
func Tombstones(folder string) service.TombstoneBook {
	if folder == "" {
		return nil
	}
	return store.NewTombstoneFile(filepath.Join(folder, "tombstones.log"))
}
