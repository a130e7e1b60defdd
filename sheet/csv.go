package sheet

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"communitypass.cn/communitypass/model"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func readCSV(ctx context.Context, file []byte, limits Limits) ([]Row, error) {
	text, err := decode(file)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator(text), -1, true
	t := table{ctx: ctx, limits: limits}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t.rows, nil
		}
		if err != nil {
			return nil, model.Fail(model.CodeMalformed, err)
		}
		for i := range cells {
			cells[i] = strings.Clone(withoutPoint(asText(cells[i])))
		}
		line, _ := r.FieldPos(0)
		if err := t.add(line, cells); err != nil {
			return nil, err
		}
	}
}

// decode turns the encodings in which spreadsheets save text into UTF-8: UTF-8,
// UTF-16 when it says so, else GB18030, of which GBK and GB2312 are parts.
func decode(file []byte) (string, error) {
	var err error
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xfe")), bytes.HasPrefix(file, []byte("\xfe\xff")):
		file, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(file)
	case !utf8.Valid(file):
		file, err = simplifiedchinese.GB18030.NewDecoder().Bytes(file)
	}
	if err != nil || bytes.ContainsRune(file, utf8.RuneError) || bytes.IndexByte(file, 0) >= 0 {
		return "", model.Fail(model.CodeMalformed)
	}
	return string(bytes.TrimPrefix(file, []byte("\ufeff"))), nil
}

// separator is what separates most cells of the first line that has text.
func separator(text string) rune {
	text = strings.TrimLeft(text, "\r\n ")
	line, _, _ := strings.Cut(text, "\n")
	best, most := ',', 0
	for _, candidate := range []rune{',', ';', '\t'} {
		if n := outsideQuotes(line, candidate); n > most {
			best, most = candidate, n
		}
	}
	return best
}

func outsideQuotes(line string, r rune) (count int) {
	quoted := false
	for _, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == r && !quoted:
			count++
		}
	}
	return count
}

// asText takes away what people write so that a spreadsheet keeps digits as text,
// ="013800000001" or '0101, and what our own export adds.
func asText(cell string) string {
	cell = strings.TrimSpace(cell)
	if inner, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSuffix(inner, `"`)
	}
	return strings.TrimPrefix(cell, "'")
}

// withoutPoint reads 101.0 as 101. An exponent stays: in text it has already lost
// digits, and a phone must not be guessed.
func withoutPoint(cell string) string {
	if strings.ContainsAny(cell, "eE") {
		return cell
	}
	return plainNumber(cell)
}
