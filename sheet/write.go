package sheet

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Write writes a table, its header first. Every cell is text, and none is a
// formula to whoever opens the file.
func Write(w io.Writer, format Format, rows [][]string) error {
	if format == XLSX {
		return writeXLSX(w, rows)
	}
	return writeCSV(w, rows)
}

// writeCSV begins with a byte order mark, without which Excel takes UTF-8 for the
// code page of the machine.
func writeCSV(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range rows {
		if err := out.Write(harmless(row)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

const (
	textFormat  = 49 // "@", the number format of text
	columnWidth = 16
)

func writeXLSX(w io.Writer, rows [][]string) error {
	book := excelize.NewFile()
	text, err := book.NewStyle(&excelize.Style{NumFmt: textFormat})
	if err != nil {
		return err
	}
	out, err := book.NewStreamWriter(book.GetSheetName(0))
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		if err := out.SetColWidth(1, len(rows[0]), columnWidth); err != nil {
			return err
		}
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, cell := range harmless(row) {
			cells[j] = excelize.Cell{StyleID: text, Value: cell}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, cells); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := book.Write(w); err != nil {
		return err
	}
	return book.Close()
}

// harmless puts an apostrophe before what a spreadsheet would take for a formula
// (OWASP, CSV Injection), be it behind blanks or written full-width, as Chinese input
// methods do. A workbook needs it too: it may be saved as CSV later.
func harmless(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		if looksLikeFormula(cell) {
			cell = "'" + cell
		}
		out[i] = cell
	}
	return out
}

func looksLikeFormula(cell string) bool {
	if cell != "" && strings.ContainsAny(cell[:1], "\t\r\n") {
		return true
	}
	text := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc) })
	first, _ := utf8.DecodeRuneInString(text)
	return strings.ContainsRune("=+-@＝＋－＠", first) && text != ""
}
