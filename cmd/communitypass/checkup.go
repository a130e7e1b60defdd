package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// mark is how one thing stands.
type mark string

const (
	good mark = "ok"
	odd  mark = "warn"
	bad  mark = "fail"
)

func (m mark) sign() string {
	switch m {
	case good:
		return "✓"
	case odd:
		return "!"
	}
	return "✗"
}

// finding is one line of a check-up.
type finding struct {
	Area string `json:"area"`
	Mark mark   `json:"mark"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// checkup collects findings.
type checkup struct{ findings []finding }

func (c *checkup) add(area string, m mark, zh, en string) {
	c.findings = append(c.findings, finding{area, m, strings.Map(printed, zh), strings.Map(printed, en)})
}

// printed leaves out what would steer a terminal: names in a finding were typed by
// others than its reader.
func printed(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return -1
	}
	return r
}

// broken adds what the house answered as a finding that must be mended.
func (c *checkup) broken(area string, err error) {
	said := text{}
	if f, ok := explain(err).(*failure); ok {
		said = text{zh: f.in(chinese), en: f.in(english)}
	}
	c.add(area, bad, said.zh, said.en)
}

// bad counts what must be mended.
func (c *checkup) bad() int {
	n := 0
	for _, f := range c.findings {
		if f.Mark == bad {
			n++
		}
	}
	return n
}

func (c *checkup) print(w io.Writer, l language) {
	for _, f := range c.findings {
		said := text{zh: f.ZH, en: f.EN}
		fmt.Fprintf(w, "%s %-10s %s\n", f.Mark.sign(), f.Area, said.in(l))
	}
}

func (c *checkup) printJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{"ok": c.bad() == 0, "findings": c.findings})
}
