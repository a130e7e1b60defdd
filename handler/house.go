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
	*Households
	*RosterFiles
	*Places
	*Devices
	*Passages
	*Recipients
	*Deliveries
	*System
	*Gates
	Codes *Codes
	Docs  *Docs
}

var _ API = (*House)(nil)

// Raw are the operations that are bound by hand, by the id of the operation.
func (h *House) Raw() map[string]gin.HandlerFunc {
	raw := map[string]gin.HandlerFunc{
		"recordScan":   h.RecordScan,
		"getBundle":    h.GetBundle,
		"issueCodes":   h.Codes.IssueCodes,
		"getPassQR":    h.Codes.GetPassQR,
		"importRoster": h.ImportRoster,
		"exportRoster": h.ExportRoster,
	}
	maps.Copy(raw, h.Docs.Raw())
	return raw
}
