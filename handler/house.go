package handler

import (
	"maps"

	"github.com/gin-gonic/gin"
)

// House is the whole API: one part a resource.
type House struct {
	*Sessions
	*Staff
	*Residents
	*Residencies
	*Families
	*Households
	*RosterFiles
	*Places
	*Devices
	*DeviceEvents
	*DeviceCommands
	*Passages
	*Recipients
	*Deliveries
	*System
	*Gates
	*Messages
	*Notices
	*Rules
	*Cards
	*Spoken
	*Strips
	*Lookups
	*Statistics
	*Visits
	*Privacy
	*Exports
	*Audit
	*Accounts
	*Emergencies
	*Health
	*Restrictions
	*Incidents
	*Handovers
	*Lifts
	Codes *Codes
	// VisitEvents is bound by hand, since it streams.
	VisitEvents *VisitEvents
	Docs        *Docs
}

var _ API = (*House)(nil)

// Raw are the operations that are bound by hand, by the id of the operation.
func (h *House) Raw() map[string]gin.HandlerFunc {
	raw := map[string]gin.HandlerFunc{
		"recordScan":   h.RecordScan,
		"getBundle":    h.GetBundle,
		"issueCodes":   h.Codes.IssueCodes,
		"getPassQR":    h.Codes.GetPassQR,
		"getCardSheet": h.GetCardSheet,
		"importRoster": h.ImportRoster,
		"exportRoster": h.ExportRoster,

		"streamPassages":   h.StreamPassages,
		"streamIncidents":  h.StreamIncidents,
		"streamGateEvents": h.StreamGateEvents,
		"streamMyMessages": h.StreamMyMessages, "streamStaffMessages": h.StreamMyMessages,
		"streamOwnVisit": h.VisitEvents.StreamOwnVisit,
		"getLiftSticker": h.GetLiftSticker,
		"streamLiftCall": h.StreamLiftCall, "streamVisitorLiftCall": h.StreamLiftCall,
		"exportMyData":  h.ExportMyData,
		"getExportFile": h.GetExportFile,
		"exportAudit":   h.ExportAudit,
		"getEvidence":   h.GetEvidence,
	}
	maps.Copy(raw, h.Docs.Raw())
	return raw
}
