// Package sheet reads and writes tables as CSV and as Excel workbooks (xlsx). It
// knows cells and nothing of what they mean. Files come from strangers: every
// limit is checked while reading, and nothing is written to disk.
package sheet

import (
	"bytes"
	"context"

	"communitypass.cn/communitypass/model"
)

// Row is one row of a table that is not blank.
type Row struct {
	// Number is the row's in the file, from 1, as a spreadsheet shows it.
	Number int
	// Cells are trimmed. Rows may differ in length.
	Cells []string
}

// Format is a kind of file.
type Format string

// Formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Media types of the formats.
const (
	MediaCSV  = "text/csv"
	MediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Limits bound what is read.
type Limits struct {
	// Rows that are not blank, the header among them.
	Rows int
	// Columns of any row.
	Columns int
	// Unpacked are the bytes of a workbook when it is unzipped.
	Unpacked int64
}

// walkedLimit bounds the rows that are looked at, blank ones too: whole columns
// may be styled down to the last row of a sheet.
const walkedLimit = 200_000

// FormatOf tells a workbook from text by its first bytes, since what browsers
// say about a file is a guess. It answers "" for workbooks of Excel 97 and for
// encrypted ones.
func FormatOf(file []byte) Format {
	switch {
	case bytes.HasPrefix(file, []byte("PK\x03\x04")):
		return XLSX
	case bytes.HasPrefix(file, []byte("\xd0\xcf\x11\xe0")):
		return ""
	}
	return CSV
}

// Read gives the rows of a CSV file, or of the first visible sheet of a workbook.
// Errors: unsupported_media_type, malformed_body, body_too_large for a workbook
// that is too large unzipped, invalid with the field "file" for too many rows or
// columns, and that of the context.
func Read(ctx context.Context, file []byte, limits Limits) ([]Row, error) {
	switch FormatOf(file) {
	case XLSX:
		return readXLSX(ctx, file, limits)
	case CSV:
		return readCSV(ctx, file, limits)
	}
	return nil, model.Fail(model.CodeUnsupportedMedia)
}

// tooMany is the refusal of a table past a limit.
func tooMany(code, limit string) error {
	return model.Invalid(model.FieldError{Field: "file", Code: code, Limit: limit})
}
