package sia

// Tokens of DC-09 that are understood.
const (
	tokenSequence  = "SIA-DCS"
	tokenContactID = "ADM-CID"
	tokenNull      = "NULL"
)

// codeRange is a range of Contact-ID events with one word.
type codeRange struct {
	first, last int
	what        string
}

// contactIDRanges are those of DC-05 that a community needs a word for, the narrower
// ones first.
var contactIDRanges = []codeRange{
	{121, 121, "duress"},
	{122, 125, "panic"}, {120, 129, "panic"},
	{137, 137, "tamper"}, {144, 145, "tamper"}, {341, 342, "tamper"}, {383, 384, "tamper"},
	{151, 151, "gas"}, {154, 154, "water"}, {158, 158, "heat"}, {162, 162, "gas"},
	{100, 102, "medical"}, {110, 118, "fire"}, {130, 149, "burglary"},
	{301, 301, "mains"}, {302, 302, "battery"}, {309, 309, "battery"}, {311, 311, "battery"}, {338, 338, "battery"},
	{350, 359, "communication"}, {373, 373, "fire_trouble"}, {300, 399, "trouble"},
}

// contactIDMeaning is what a decimal event means, raised or restored. Of opening and
// closing the qualifier says which.
func contactIDMeaning(number int, restored bool) meaning {
	state := "raised"
	if restored {
		state = "cleared"
	}
	switch {
	case number >= 400 && number <= 409 || number == 441 || number == 442:
		if restored || number >= 441 {
			return meaning{what: "armed", state: "armed", status: true}
		}
		return meaning{what: "disarmed", state: "disarmed", status: true}
	case number >= 601 && number <= 609:
		return meaning{what: "test", state: state, status: true}
	case number >= 570 && number <= 579:
		return meaning{what: "bypass", state: state, status: true}
	}
	for _, r := range contactIDRanges {
		if number >= r.first && number <= r.last {
			return meaning{what: r.what, state: state}
		}
	}
	return meaning{state: state}
}

// sequenceMeanings are codes of DC-03. Restoral is R, and H where only the alarm is over.
var sequenceMeanings = map[string]meaning{
	"AR": {what: "mains", state: "cleared"}, "AT": {what: "mains", state: "raised"},
	"BA": {what: "burglary", state: "raised"}, "BH": {what: "burglary", state: "cleared"}, "BR": {what: "burglary", state: "cleared"},
	"BV": {what: "burglary", state: "raised"},
	"FA": {what: "fire", state: "raised"}, "FH": {what: "fire", state: "cleared"}, "FR": {what: "fire", state: "cleared"},
	"FT": {what: "fire_trouble", state: "raised"}, "FJ": {what: "fire_trouble", state: "cleared"},
	"GA": {what: "gas", state: "raised"}, "GH": {what: "gas", state: "cleared"}, "GR": {what: "gas", state: "cleared"},
	"HA": {what: "panic", state: "raised"}, "HH": {what: "panic", state: "cleared"}, "HR": {what: "panic", state: "cleared"},
	"KA": {what: "heat", state: "raised"}, "KH": {what: "heat", state: "cleared"}, "KR": {what: "heat", state: "cleared"},
	"MA": {what: "medical", state: "raised"}, "MH": {what: "medical", state: "cleared"}, "MR": {what: "medical", state: "cleared"},
	"PA": {what: "panic", state: "raised"}, "PH": {what: "panic", state: "cleared"}, "PR": {what: "panic", state: "cleared"},
	"QA": {what: "panic", state: "raised"}, "QH": {what: "panic", state: "cleared"}, "QR": {what: "panic", state: "cleared"},
	"TA": {what: "tamper", state: "raised"}, "TH": {what: "tamper", state: "cleared"}, "TR": {what: "tamper", state: "cleared"},
	"WA": {what: "water", state: "raised"}, "WH": {what: "water", state: "cleared"}, "WR": {what: "water", state: "cleared"},
	"XR": {what: "battery", state: "cleared"}, "XT": {what: "battery", state: "raised"},
	"YR": {what: "battery", state: "cleared"}, "YT": {what: "battery", state: "raised"},
	"YC": {what: "communication", state: "raised"}, "YK": {what: "communication", state: "cleared"},
	"CL": {what: "armed", state: "armed", status: true}, "CA": {what: "armed", state: "armed", status: true},
	"CG": {what: "armed", state: "armed", status: true}, "OP": {what: "disarmed", state: "disarmed", status: true},
	"OA": {what: "disarmed", state: "disarmed", status: true}, "OG": {what: "disarmed", state: "disarmed", status: true},
	"RP": {what: "test", state: "raised", status: true}, "RX": {what: "test", state: "raised", status: true},
	"TX": {what: "test", state: "raised", status: true},
}
