package model

// DeviceReach is how far something got that was sent to a device over a broker. That
// a broker took it proves nothing: only the device's own answer does.
type DeviceReach string

// How far it got. After ReachAbsent and ReachDown nothing will be delivered later;
// after ReachSent and ReachSilent it may still arrive until its life is over.
const (
	// ReachSent says that a broker has it for a device that listens.
	ReachSent DeviceReach = "sent"
	// ReachDone says that the device answered that it did it.
	ReachDone DeviceReach = "done"
	// ReachRefused says that the device answered that it did not.
	ReachRefused DeviceReach = "refused"
	// ReachSilent says that it was sent and nobody answered: it may have been done.
	ReachSilent DeviceReach = "silent"
	// ReachAbsent says that the device does not listen.
	ReachAbsent DeviceReach = "absent"
	// ReachDown says that there is no broker, or no connection to it.
	ReachDown DeviceReach = "down"
)
