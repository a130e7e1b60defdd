package service

import (
	"context"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// GuardScan is a code that a guard read with a phone's camera.
type GuardScan struct {
	// ScanID makes the scan idempotent for the guard who made it.
	ScanID            string
	Code              string
	Direction         admission.Direction
	TemperatureTenths int
}

// ScanByGuard decides on a code at a gate as Scan does for a device, with the guard
// in the audit log. It is judged at the server's clock: nobody measures that of a
// guard's phone, and one that is a minute late would turn good codes away. Errors:
// not_found out of scope, and those of Scan.
func (g *Gates) ScanByGuard(ctx context.Context, caller *model.Caller, gateID string, s GuardScan) (ScanAnswer, error) {
	desk, err := g.desk(caller, permGateScan, gateID)
	if err != nil {
		return ScanAnswer{}, err
	}
	if answer, known, err := g.recorded(ctx, desk, s.ScanID); known || err != nil {
		return answer, err
	}
	return g.present(ctx, desk, &Scan{ScanID: s.ScanID, Code: s.Code, Direction: s.Direction, ScannedAt: g.Clock.Now(),
		TemperatureTenths: s.TemperatureTenths, ByStaff: true})
}
