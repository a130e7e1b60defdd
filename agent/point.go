package agent

// Points that a test may stop the program at, in the order of a passage and of a
// bundle. What follows a point has not happened yet when it is reached.
const (
	pointRead         = "line read"
	pointWritten      = "journal written"
	pointSynced       = "journal synced"
	pointDoor         = "decided"
	pointOpened       = "door opened"
	pointSending      = "upload begun"
	pointAcknowledged = "upload acknowledged"
	pointDrafted      = "file drafted"
	pointRenamed      = "file renamed"
)

// reached is told of every point; it does nothing but in tests, which end the process
// there as a power cut would.
var reached = func(point string) {}
