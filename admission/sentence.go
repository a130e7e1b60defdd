package admission

import (
	"slices"
	"strings"
)

// Sentence is what a gate's screen says to the person who stands before it, and
// what to do next. lang is a language tag: English for "en…", Chinese for all
// else. A reason with an outcome that it cannot have gives two empty strings.
//
// A screen is read by whoever stands near, so no sentence names a colour, an
// illness or the ground of a restriction.
func Sentence(reason Reason, outcome Outcome, lang string) (message, next string) {
	if !slices.Contains(reason.Outcomes(), outcome) {
		return "", ""
	}
	said := sentences[reason]
	do := said.next
	if outcome == Refer && len(reason.Outcomes()) > 1 {
		do = said.referred
		if do == (wording{}) {
			do = leaving
		}
	}
	return said.message.in(lang), do.in(lang)
}

// wording is one sentence in both languages.
type wording struct{ zh, en string }

func (w wording) in(lang string) string {
	if len(lang) >= 2 && strings.EqualFold(lang[:2], "en") {
		return w.en
	}
	return w.zh
}

// spoken is what is said for a reason.
type spoken struct {
	message wording
	// next belongs to the reason's usual outcome, the first of Outcomes.
	next wording
	// referred belongs to a referral of what is usually refused. It is set where
	// that also happens on the way in; elsewhere it only happens to somebody leaving.
	referred wording
}

var leaving = wording{"请找保安放行", "Please ask the guard to let you out."}
