// Command tally reads what `go test -json` says, prints what people want to see
// of it (packages, and all that failing tests said) and adds the totals to a file:
//
//	go test -json ./... | tally FILE
//	tally -sum FILE
//
// The second form prints "N passed, N failed" over all runs, as the last line of
// a CI run. Tests are counted by their leaves: a test with subtests is not itself
// a test, unless it failed on its own account.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 2 && args[0] == "-sum":
		return printSum(args[1], out)
	case len(args) != 1:
		return fmt.Errorf("usage: tally FILE | tally -sum FILE")
	}
	t := newTally(out)
	if err := t.read(in); err != nil {
		return err
	}
	if err := appendTotals(args[0], t.totals); err != nil {
		return err
	}
	fmt.Fprintln(out, t.totals)
	if t.totals.failed > 0 {
		return fmt.Errorf("tests failed")
	}
	return nil
}

// totals are numbers of tests.
type totals struct{ passed, failed, skipped int }

func (t totals) String() string {
	s := fmt.Sprintf("%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		s += fmt.Sprintf(", %d skipped", t.skipped)
	}
	return s
}

func appendTotals(path string, t totals) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(f, t.passed, t.failed, t.skipped); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func printSum(path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var sum totals
	for {
		var t totals
		_, err := fmt.Fscanln(f, &t.passed, &t.failed, &t.skipped)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		sum.passed, sum.failed, sum.skipped = sum.passed+t.passed, sum.failed+t.failed, sum.skipped+t.skipped
	}
	_, err = fmt.Fprintln(out, sum)
	return err
}
