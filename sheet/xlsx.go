package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"communitypass.cn/communitypass/model"

	"github.com/xuri/excelize/v2"
)

// maxParts bounds the files inside a workbook; one with pictures has some dozens.
const maxParts = 2000

// readXLSX reads raw values: what is shown depends on the width of a column and
// on formats, and a phone would come out as 1.38E+10. A formula gives the value
// that was saved with it; nothing is calculated.
func readXLSX(ctx context.Context, file []byte, limits Limits) (rows []Row, err error) {
	if err := checkParts(file, limits.Unpacked); err != nil {
		return nil, err
	}
	// The library is written for files that Excel has made; a damaged one may make
	// it panic, which is the file's fault and not the server's.
	defer func() {
		if damage := recover(); damage != nil {
			rows, err = nil, model.Fail(model.CodeMalformed, fmt.Errorf("workbook: %v", damage))
		}
	}()
	// With equal limits no part of the workbook goes to a temporary file.
	book, err := excelize.OpenReader(bytes.NewReader(file), excelize.Options{RawCellValue: true,
		UnzipSizeLimit: limits.Unpacked, UnzipXMLSizeLimit: limits.Unpacked})
	if err != nil {
		return nil, model.Fail(model.CodeMalformed, err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	return readSheet(ctx, book, limits)
}

// checkParts looks at what the workbook says to be unzipped. A part that is longer
// than it says ends in an error of archive/zip when it is read.
func checkParts(file []byte, limit int64) error {
	parts, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return model.Fail(model.CodeMalformed, err)
	}
	if len(parts.File) > maxParts {
		return model.Fail(model.CodeTooLarge)
	}
	var total uint64
	for _, part := range parts.File {
		// Added one by one with a check: a sum of lies could run over.
		if part.UncompressedSize64 > uint64(limit) {
			return model.Fail(model.CodeTooLarge)
		}
		if total += part.UncompressedSize64; total > uint64(limit) {
			return model.Fail(model.CodeTooLarge)
		}
	}
	return nil
}

func readSheet(ctx context.Context, book *excelize.File, limits Limits) ([]Row, error) {
	name, err := firstVisible(book)
	if err != nil {
		return nil, err
	}
	rows, err := book.Rows(name)
	if err != nil {
		return nil, model.Fail(model.CodeMalformed, err)
	}
	t := table{ctx: ctx, limits: limits}
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, errors.Join(model.Fail(model.CodeMalformed, err), rows.Close())
		}
		for i, cell := range cells {
			cells[i] = strings.Clone(asText(plainNumber(cell)))
		}
		if err := t.add(number, cells); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
	}
	if err := rows.Close(); err != nil {
		return nil, model.Fail(model.CodeMalformed, err)
	}
	return t.rows, nil
}

func firstVisible(book *excelize.File) (string, error) {
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err == nil && visible {
			return name, nil
		}
	}
	return "", model.Fail(model.CodeMalformed)
}

// longestNumber bounds the digits that an exponent may ask for.
const longestNumber = 24

// plainNumber writes a whole number without exponent and decimals: programs save
// the phone 13800000001 as 1.3800000001E10 as well. Other text stays as it is, and
// so does 3E12, which is a room before it is a number: no program writes that one
// without a point or a plus.
func plainNumber(cell string) string {
	if len(cell) == 0 || len(cell) > longestNumber || cell[0] < '1' || cell[0] > '9' || !strings.ContainsAny(cell, ".+") || strings.Trim(cell, "0123456789.+eE") != "" {
		return cell
	}
	if _, exponent, ok := strings.Cut(strings.ToUpper(cell), "E"); ok && len(strings.TrimLeft(exponent, "+0")) > 2 {
		return cell
	}
	n, ok := new(big.Rat).SetString(cell)
	if !ok || !n.IsInt() || len(n.Num().String()) > longestNumber {
		return cell
	}
	return n.Num().String()
}
