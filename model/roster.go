package model

// RosterImportState says how far an import of a roster has come.
type RosterImportState string

// States of an import.
const (
	// RosterChecked is a dry run.
	RosterChecked RosterImportState = "checked"
	// RosterImporting is one that runs, or was cut off.
	RosterImporting RosterImportState = "importing"
	RosterImported  RosterImportState = "imported"
	// RosterRejected is one that imported nothing because of errors.
	RosterRejected RosterImportState = "rejected"
	// RosterUndoing is one that is being undone, or whose undoing was cut off.
	RosterUndoing RosterImportState = "undoing"
	RosterUndone  RosterImportState = "undone"
)

// RosterImport is the record of one file that was checked or imported. It says
// how many and where, never who: nothing of what stands in the file is kept.
type RosterImport struct {
	ID          string
	CommunityID string
	CreatedBy   string
	CreatedAt   int64
	DryRun      bool
	Partial     bool
	State       RosterImportState
	// RowsCount are the rows below the header that are not blank.
	RowsCount     int
	HouseholdsNew int
	PeopleNew     int
	PeopleChanged int
	Unchanged     int
	// ErrorCount counts all errors; Errors holds the first of them.
	ErrorCount int
	// UnknownColumns are letters of columns, as in a spreadsheet.
	UnknownColumns []string      `gorm:"serializer:json"`
	Errors         []RosterError `gorm:"serializer:json"`
}

// RosterError is what is wrong with one cell of a roster.
type RosterError struct {
	// Row is the row as a spreadsheet numbers it.
	Row int `json:"row"`
	// Column is the name of the column: building, unit, room, name, phone,
	// id_last4, relation.
	Column string          `json:"column"`
	Code   RosterErrorCode `json:"code"`
}

// RosterErrorCode is the stable name of what is wrong with a row.
type RosterErrorCode string

// Codes of rows, and of the header row.
const (
	RosterRequired RosterErrorCode = "required"
	RosterFormat   RosterErrorCode = "format"
	RosterLength   RosterErrorCode = "length"
	RosterEnum     RosterErrorCode = "enum"
	// RosterDuplicate is a person who stands further up in the file already.
	RosterDuplicate RosterErrorCode = "duplicate"
	// RosterConflict is a phone that somebody of another name has in another home.
	RosterConflict RosterErrorCode = "conflict"
	// RosterMissingColumn and RosterRepeatedColumn are about the header row.
	RosterMissingColumn  RosterErrorCode = "missing_column"
	RosterRepeatedColumn RosterErrorCode = "repeated_column"
)

// RosterErrorCodes are all of them.
func RosterErrorCodes() []RosterErrorCode {
	return []RosterErrorCode{RosterRequired, RosterFormat, RosterLength, RosterEnum, RosterDuplicate, RosterConflict,
		RosterMissingColumn, RosterRepeatedColumn}
}
