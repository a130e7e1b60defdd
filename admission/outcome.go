package admission

// Outcome is what a gate does with a scan.
type Outcome string

// Outcomes. Refer means that a guard looks; the gate does not open by itself.
const (
	Admit  Outcome = "admit"
	Refuse Outcome = "refuse"
	Refer  Outcome = "refer"
)

// strictness orders outcomes: a refusal is stricter than a referral.
func (o Outcome) strictness() int {
	switch o {
	case Admit:
		return 0
	case Refer:
		return 1
	default:
		return 2
	}
}
