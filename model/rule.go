package model

// RuleProposal is a version of a community's rules on its way (规则版本): tried
// beside the rules in force, announced at the gates, in force under watch, settled;
// or taken back, by a person or by itself.
type RuleProposal struct {
	ID          string
	CommunityID string
	Phase       RulePhase
	// Rules is the JSON of admission.Rules.
	Rules string
	// BaseVersion was in force when it was proposed. Version is the number that it
	// came into force under, RestoredVersion the number under which the base came
	// back; both are 0 before.
	BaseVersion     int64
	Version         int64
	RestoredVersion int64
	RehearsalID     string
	// EffectiveAt is when people are told that it begins; 0 is not said.
	EffectiveAt int64
	// The watch: for WatchHours, should more than ThresholdPercent of at least
	// LeastPassages passages be stopped that the base admits, the base comes back.
	WatchHours       int
	ThresholdPercent int
	LeastPassages    int64
	WatchUntil       int64
	AuthorID         string
	AuthorPersonID   string
	CreatedAt        int64
	PhaseAt          int64
}

// RulePhase is how far a proposal has come.
type RulePhase string

// Phases of a proposal; the last three are final.
const (
	RuleShadow     RulePhase = "shadow"      // only counted
	RuleWarn       RulePhase = "warn"        // and told at the gate
	RuleEnforce    RulePhase = "enforce"     // in force, watched
	RuleSettled    RulePhase = "settled"     // the watch is over
	RuleWithdrawn  RulePhase = "withdrawn"   // taken back before it was in force
	RuleRolledBack RulePhase = "rolled_back" // the base came back
)

// Open reports whether the proposal is still under way; a community has at most
// one that is.
func (p RulePhase) Open() bool { return p == RuleShadow || p == RuleWarn || p == RuleEnforce }

// RuleTrial is a count of scans that two versions of rules would decide, or have
// decided, differently.
type RuleTrial struct {
	ProposalID string
	Phase      RulePhase
	What       TrialCount
	// Reason is that of the version which does not admit; empty for TrialPassages.
	Reason string
	Total  int64
}

// TrialCount says what is counted.
type TrialCount string

// What is counted. In the phases shadow and warn the proposal is compared with the
// rules in force, in the phase enforce with those before it.
const (
	TrialPassages TrialCount = "passages" // all that were judged by both
	TrialRefused  TrialCount = "refused"  // admitted by the old, refused by the new
	TrialReferred TrialCount = "referred" // admitted by the old, referred by the new
	TrialAdmitted TrialCount = "admitted" // only the new admits
)

// RuleRehearsal is what rules would have done to the passages of some days.
type RuleRehearsal struct {
	ID          string
	CommunityID string
	// Rules is the JSON of admission.Rules; Result that of the counts.
	Rules     string
	Days      int
	Complete  bool
	Result    string
	CreatedBy string
	CreatedAt int64
}
