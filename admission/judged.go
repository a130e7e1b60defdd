package admission

import "time"

// ClockTolerance is how far a device's corrected clock may lie from the server's
// and still be believed.
const ClockTolerance = 120 * time.Second

// JudgedAt is the instant at which a scan is judged: the device's scanned_at less
// its last measured offset (device clock − server clock) where that lies within
// ClockTolerance of the server's clock, else the server's clock. A device whose
// offset was never measured is judged by the server's clock, since nothing is
// known of its own.
func JudgedAt(scannedAt time.Time, offset time.Duration, offsetKnown bool, server time.Time) time.Time {
	if !offsetKnown {
		return server
	}
	corrected := scannedAt.Add(-offset)
	if apart := corrected.Sub(server).Abs(); apart > ClockTolerance {
		return server
	}
	return corrected
}
