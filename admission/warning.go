package admission

import (
	"fmt"
	"time"
)

// Warning is what a gate's screen says, after the usual sentence, to somebody whom
// announced rules would not admit: from which day (in the community's zone; zero is
// not said) and why.
func Warning(reason Reason, outcome Outcome, from time.Time, lang string) string {
	message, _ := Sentence(reason, outcome, lang)
	since := wording{"新规则施行后", "Once new rules hold"}
	if !from.IsZero() {
		since = wording{from.Format("自2006年1月2日起"), from.Format("From 2 January 2006")}
	}
	form := wording{"提醒：%s，此情形将不予放行（%s）", "Please note: %s this would not be admitted (%s)"}
	return fmt.Sprintf(form.in(lang), since.in(lang), message)
}
