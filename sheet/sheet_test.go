package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/sheet"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

var limits = sheet.Limits{Rows: 50, Columns: 8, Unpacked: 4 << 20}

// shown is a table as text: "1:a|b 2:c".
func shown(rows []sheet.Row) string {
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%d:%s", r.Number, strings.Join(r.Cells, "|")))
	}
	return strings.Join(out, " ")
}

func encoded(t testing.TB, e interface {
	Bytes([]byte) ([]byte, error)
}, text string) []byte {
	t.Helper()
	out, err := e.Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCSVAsPeopleSaveIt(t *testing.T) {
	const text = "姓名,电话\n王芳,138\n"
	for name, file := range map[string][]byte{
		"UTF-8":               []byte(text),
		"with BOM":            []byte("\ufeff" + text),
		"GB18030":             encoded(t, simplifiedchinese.GB18030.NewEncoder(), text),
		"UTF-16":              encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), text),
		"UTF-16, big end":     encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(), text),
		"CRLF":                []byte(strings.ReplaceAll(text, "\n", "\r\n")),
		"semicolons":          []byte(strings.ReplaceAll(text, ",", ";")),
		"tabs":                []byte(strings.ReplaceAll(text, ",", "\t")),
		"no end of line":      []byte(strings.TrimSpace(text)),
		"digits kept as text": []byte("姓名,电话\n'王芳,\"=\"\"138\"\"\"\n"),
		"digits with a point": []byte("姓名,电话\n王芳,138.0\n"),
		"blanks":              []byte("姓名 , 电话\n\t王芳,　138\n"),
		"quotes":              []byte("\"姓名\",\"电话\"\n\"王芳\",\"138\"\n"),
	} {
		rows, err := sheet.Read(t.Context(), file, limits)
		if got := shown(rows); err != nil || got != "1:姓名|电话 2:王芳|138" {
			t.Errorf("%s: %q (%v)", name, got, err)
		}
	}
	rows, err := sheet.Read(t.Context(), []byte("a,b\n\n,,\n1.38E+10,3E12\n\"x\ny\",0301\n"), limits)
	if got := shown(rows); err != nil || got != "1:a|b 4:1.38E+10|3E12 5:x\ny|0301" {
		t.Errorf("%q (%v)", got, err)
	}
}

// workbook makes a workbook by way of a function that fills its first sheet.
func workbook(t testing.TB, fill func(f *excelize.File, sheet string) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	if err := fill(f, f.GetSheetName(0)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWorkbooksGiveRawValues(t *testing.T) {
	file := workbook(t, func(f *excelize.File, s string) error {
		scientific, err := f.NewStyle(&excelize.Style{NumFmt: 11})
		if err != nil {
			return err
		}
		for at, v := range map[string]any{"A1": "phone", "B1": "room", "A2": 13800000001, "A3": 13800000001.0, "A4": "13800000001", "A5": "1.3800000001E10",
			"A6": "1.3800000001E+10", "B2": 101, "B3": 101.0, "B4": "0101", "B5": "3E12", "B6": 3.5, "A9": "1E999999999", "B9": "１０１"} {
			if err := f.SetCellValue(s, at, v); err != nil {
				return err
			}
		}
		if err := f.SetCellStyle(s, "A2", "A3", scientific); err != nil {
			return err
		}
		// A formula whose value was never calculated is blank, not guessed.
		if err := f.SetCellFormula(s, "A8", "=1+1"); err != nil {
			return err
		}
		return f.SetCellValue(s, "B8", "x")
	})
	rows, err := sheet.Read(t.Context(), file, limits)
	want := "1:phone|room 2:13800000001|101 3:13800000001|101 4:13800000001|0101 5:13800000001|3E12 6:13800000001|3.5 8:|x 9:1E999999999|１０１"
	if got := shown(rows); err != nil || got != want {
		t.Errorf("%v\n%q, want\n%q", err, got, want)
	}
}

func TestTheFirstVisibleSheetIsRead(t *testing.T) {
	file := workbook(t, func(f *excelize.File, s string) error {
		if _, err := f.NewSheet("second"); err != nil {
			return err
		}
		f.SetActiveSheet(1)
		if err := f.SetSheetVisible(s, false); err != nil {
			return err
		}
		return f.SetCellValue("second", "A1", "seen")
	})
	if rows, err := sheet.Read(t.Context(), file, limits); err != nil || shown(rows) != "1:seen" {
		t.Errorf("%q (%v)", shown(rows), err)
	}
}

// packed is a zip archive of parts; one whose name ends in ! says to be small.
func packed(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range parts {
		var w io.Writer
		var err error
		if small, lies := strings.CutSuffix(name, "!"); lies {
			var body bytes.Buffer
			d, _ := flate.NewWriter(&body, flate.BestCompression)
			_, _ = io.WriteString(d, content)
			_ = d.Close()
			if w, err = z.CreateRaw(&zip.FileHeader{Name: small, Method: zip.Deflate, CompressedSize64: uint64(body.Len()), UncompressedSize64: 10}); err == nil {
				_, err = w.Write(body.Bytes())
			}
		} else if w, err = z.Create(name); err == nil {
			_, err = io.WriteString(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFilesThatAreRefused(t *testing.T) {
	rows := func(n int, row string) []byte { return []byte(strings.Repeat(row+"\n", n)) }
	good := workbook(t, func(f *excelize.File, s string) error { return f.SetCellValue(s, "A1", "x") })
	many := map[string]string{}
	for i := range 2001 {
		many[fmt.Sprint("part", i)] = ""
	}
	for name, c := range map[string]struct {
		file []byte
		code model.Code
	}{
		"rows":              {rows(51, "a,b"), model.CodeInvalid},
		"columns":           {rows(1, "1,2,3,4,5,6,7,8,9"), model.CodeInvalid},
		"an open quote":     {[]byte("a,b\n\"c,d\n"), model.CodeMalformed},
		"zeros":             {[]byte("a,b\n\x00,d\n"), model.CodeMalformed},
		"no encoding":       {[]byte("a,b\n\xff\xff\xff,\x81\n"), model.CodeMalformed},
		"a picture":         {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), model.CodeMalformed},
		"Excel 97":          {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), model.CodeUnsupportedMedia},
		"half a workbook":   {good[:len(good)/2], model.CodeMalformed},
		"another archive":   {packed(t, map[string]string{"readme": "x"}), model.CodeMalformed},
		"a bomb":            {packed(t, map[string]string{"xl/worksheets/sheet1.xml": strings.Repeat("<row/>", 1<<20)}), model.CodeTooLarge},
		"a bomb that lies":  {packed(t, map[string]string{"[Content_Types].xml": "<Types/>", "xl/workbook.xml!": strings.Repeat("<row/>", 1<<20)}), model.CodeMalformed},
		"parts":             {packed(t, many), model.CodeTooLarge},
		"rows of a book":    {workbook(t, func(f *excelize.File, s string) error { return fill(f, s, 51, "A") }), model.CodeInvalid},
		"columns of a book": {workbook(t, func(f *excelize.File, s string) error { return f.SetCellValue(s, "XFD1", "x") }), model.CodeInvalid},
		"the last row":      {workbook(t, func(f *excelize.File, s string) error { return f.SetCellValue(s, "A1048576", "x") }), model.CodeInvalid},
	} {
		rows, err := sheet.Read(t.Context(), c.file, limits)
		if rows != nil || err == nil || model.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := sheet.Read(ended, rows(300, ""), limits); err != nil {
		t.Errorf("blank lines: %v", err)
	}
	if _, err := sheet.Read(ended, rows(300, ","), limits); model.CodeOf(err) != model.CodeTimeout {
		t.Errorf("a reader who has gone: %v", err)
	}
}

func fill(f *excelize.File, s string, n int, column string) error {
	for i := range n {
		if err := f.SetCellValue(s, fmt.Sprint(column, i+1), "x"); err != nil {
			return err
		}
	}
	return nil
}

// Whatever stands in a table, the file has no formula, and reads as it was.
func TestWrittenFilesHoldNoFormulas(t *testing.T) {
	table := [][]string{{"name", "phone"}, {"=cmd|' /C calc'!A0", "+8613800000001"}, {"-1", "@SUM(A1)"}, {"王*", "13800000001"}, {"a\"b,c", "0101"}, {"＝1+1", "\u200b=1"}, {"＠某", "－2"}}
	for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		var out bytes.Buffer
		if err := sheet.Write(&out, format, table); err != nil {
			t.Fatal(err)
		}
		rows, err := sheet.Read(t.Context(), out.Bytes(), limits)
		want := `1:name|phone 2:=cmd|' /C calc'!A0|+8613800000001 3:-1|@SUM(A1) 4:王*|13800000001 5:a"b,c|0101 6:＝1+1|` + "\u200b" + `=1 7:＠某|－2`
		if got := shown(rows); err != nil || got != want {
			t.Errorf("%s: %q (%v)", format, got, err)
		}
		if format == sheet.CSV {
			if !strings.HasPrefix(out.String(), "\ufeffname,phone\r\n'=cmd") || !strings.Contains(out.String(), "\r\n'-1,'@SUM(A1)\r\n") ||
				!strings.Contains(out.String(), "'＝1+1,'\u200b=1\r\n'＠某,'－2\r\n") {
				t.Errorf("%q", out.String())
			}
			continue
		}
		book, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range []string{"A2", "B2", "A3", "B3", "B4"} {
			kind, err := book.GetCellType("Sheet1", cell)
			formula, _ := book.GetCellFormula("Sheet1", cell)
			if err != nil || formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
				t.Errorf("%s is %v %q (%v)", cell, kind, formula, err)
			}
		}
	}
}
