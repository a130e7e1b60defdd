package handler

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/sheet"
)

// Limits of a file in bytes: as it is sent, and a workbook when it is unzipped.
const (
	fileLimit     = 10 << 20
	unpackedLimit = 64 << 20
)

// rosterRequest reads the query and the file, be it the body or the part "file" of
// a form.
func rosterRequest(r *http.Request) (service.RosterFile, []byte, error) {
	in := service.RosterFile{DryRun: asked(r.URL, "dry_run", true), Partial: asked(r.URL, "partial", false)}
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return in, nil, model.Fail(model.CodeUnsupportedMedia, err)
	}
	if kind == "multipart/form-data" {
		file, err := fileOfForm(r.Body, parameters["boundary"])
		return in, file, err
	}
	file, err := readFile(r.Body)
	if err == nil && kind != mediaOf(sheet.FormatOf(file)) {
		err = model.Fail(model.CodeUnsupportedMedia)
	}
	return in, file, err
}

func mediaOf(f sheet.Format) string {
	return map[sheet.Format]string{sheet.CSV: sheet.MediaCSV, sheet.XLSX: sheet.MediaXLSX}[f]
}

// asked reads a flag of the query, which has been held against the contract.
func asked(u *url.URL, name string, unset bool) bool {
	switch u.Query().Get(name) {
	case "true":
		return true
	case "false":
		return false
	}
	return unset
}

// fileOfForm reads the part "file" of a form, in memory: a file of people does not
// go to a temporary folder. What the browser says about it is not believed.
func fileOfForm(body io.Reader, boundary string) ([]byte, error) {
	if boundary == "" {
		return nil, model.Fail(model.CodeMalformed)
	}
	form := multipart.NewReader(body, boundary)
	for range 16 {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unread(err)
		}
		if part.FormName() == "file" {
			return readFile(part)
		}
	}
	return nil, model.Invalid(model.FieldError{Field: "file", Code: "required"})
}

func readFile(r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, model.Invalid(model.FieldError{Field: "file", Code: "required"})
	}
	file, err := io.ReadAll(io.LimitReader(r, fileLimit+1))
	switch {
	case err != nil:
		return nil, unread(err)
	case len(file) > fileLimit:
		return nil, model.Fail(model.CodeTooLarge)
	case len(file) == 0:
		return nil, model.Invalid(model.FieldError{Field: "file", Code: "required"})
	}
	return file, nil
}

// unread is what a body answers that cannot be read: the limit's own error, when
// it is that.
func unread(err error) error {
	var known *model.Error
	if errors.As(err, &known) {
		return known
	}
	return model.Fail(model.CodeMalformed, err)
}

func readTable(ctx context.Context, file []byte) ([]service.TableRow, error) {
	rows, err := sheet.Read(ctx, file, sheet.Limits{Rows: service.RosterRows, Columns: service.RosterColumns, Unpacked: unpackedLimit})
	if err != nil {
		return nil, err
	}
	return each(rows, func(r sheet.Row) service.TableRow { return service.TableRow(r) }), nil
}
