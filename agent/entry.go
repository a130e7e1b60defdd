package agent

import (
	"encoding/json"
	"errors"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// Kinds of entries.
const (
	// entryPassage is a decision that was made here and is to be uploaded.
	entryPassage = "passage"
	// entrySeen is an admission that the server made and has stored: kept so that the
	// gate, alone a moment later, knows that the code was used.
	entrySeen = "seen"
	// entryClaim is a use that this agent, as the edge of its site, gave to another.
	entryClaim = "claim"
)

// Entry is one record of the journal, in clear only in memory.
type Entry struct {
	Kind   string `json:"k"`
	ScanID string `json:"id"`
	// Code is the text that was read; the server checks it again.
	Code      string `json:"code,omitempty"`
	Direction string `json:"dir,omitempty"`
	// ScannedAt is by the corrected clock, Unix milliseconds.
	ScannedAt         int64  `json:"at"`
	TemperatureTenths int    `json:"temp,omitempty"`
	Decision          string `json:"dec,omitempty"`
	Reason            string `json:"why,omitempty"`
	RuleVersion       int64  `json:"rules,omitempty"`
	BundleVersion     string `json:"bundle,omitempty"`
	// Hand is why the guard let somebody through by hand, and Note what was said to it;
	// no code was shown then.
	Hand string `json:"hand,omitempty"`
	Note string `json:"note,omitempty"`
	// Asked says that the server was asked first and did not answer in time: it may
	// have stored a decision of its own under the same id.
	Asked bool `json:"asked,omitempty"`
	// Spent and Counted are what the admission uses up here; nil for none.
	Spent   *admission.UseKey   `json:"use,omitempty"`
	Counted *admission.QuotaKey `json:"quota,omitempty"`
}

// String shows no code: it is for logs.
func (e Entry) String() string { return e.Kind + " " + e.ScanID }

// GoString is String, for %#v.
func (e Entry) GoString() string { return e.String() }

// States in which an entry ends; the empty one is still to be uploaded.
const (
	StateStored    = "stored"
	StateDuplicate = "duplicate"
	StateConflict  = "conflict"
	// StateDead is a dead letter: the server will not have it. It is kept and listed.
	StateDead = "dead"
)

// Settled is how an entry ended.
type Settled struct {
	Number   uint64 `json:"n"`
	State    string `json:"s"`
	Reason   string `json:"r,omitempty"`
	Conflict string `json:"c,omitempty"`
}

// sealedField binds a sealed value to what it is.
const sealedField = "agent.journal"

func (e *Entry) seal(key *gm.DataKey) ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, model.Fail(model.CodeInternal, err)
	}
	return key.Seal(sealedField, string(text))
}

var errEntry = errors.New("a record of the journal cannot be read")

func openEntry(key *gm.DataKey, sealed []byte) (Entry, error) {
	var e Entry
	text, err := key.Open(sealedField, sealed)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(text), &e); err != nil || e.ScanID == "" {
		return Entry{}, errors.Join(errEntry, err)
	}
	return e, nil
}
