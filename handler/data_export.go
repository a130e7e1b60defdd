package handler

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/sheet"

	"github.com/gin-gonic/gin"
)

// ExportMyData is GET /v1/me/data-export.
func (h *Privacy) ExportMyData(c *gin.Context) {
	format := c.DefaultQuery("format", "json")
	ctx := c.Request.Context()
	data, err := h.Service.Export(ctx, middleware.Caller(ctx), c.Query("person_id"), format)
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	if format == "json" {
		c.Header("Content-Disposition", `attachment; filename="my-data.json"`)
		writeJSON(c, http.StatusOK, ownData(data))
		return
	}
	var out bytes.Buffer
	if err := writeOwnZip(&out, data); err != nil {
		fail(c, model.Fail(model.CodeInternal, err))
		return
	}
	c.Header("Content-Disposition", `attachment; filename="my-data.zip"`)
	c.Data(http.StatusOK, "application/zip", out.Bytes())
}

// ownData is OwnData of the contract.
func ownData(d service.OwnData) map[string]any {
	tables := map[string]any{}
	for _, t := range d.Tables {
		rows := t.Rows
		if rows == nil {
			rows = []map[string]any{}
		}
		tables[t.Table] = rows
	}
	left := each(d.LeftOut, func(l service.LeftOut) map[string]any {
		return map[string]any{"field": l.Field, "reason": both(l.Reason)}
	})
	return map[string]any{"person_id": d.PersonID, "generated_at": instant.Of(d.GeneratedAt), "tables": tables, "left_out": left}
}

// writeOwnZip writes a CSV file for each table, and one that says what is not there.
func writeOwnZip(w io.Writer, d service.OwnData) error {
	files := zip.NewWriter(w)
	for _, t := range d.Tables {
		if err := writeOwnFile(files, t.Table, ownRows(t)); err != nil {
			return err
		}
	}
	left := [][]string{{"field", "原因", "reason"}}
	for _, l := range d.LeftOut {
		left = append(left, []string{l.Field, l.Reason.ZH, l.Reason.EN})
	}
	if err := writeOwnFile(files, "left_out", left); err != nil {
		return err
	}
	return files.Close()
}

func writeOwnFile(files *zip.Writer, name string, rows [][]string) error {
	f, err := files.Create(name + ".csv")
	if err != nil {
		return err
	}
	return sheet.Write(f, sheet.CSV, rows)
}

func ownRows(t service.OwnTable) [][]string {
	out := [][]string{t.Columns}
	for _, row := range t.Rows {
		cells := make([]string, len(t.Columns))
		for i, column := range t.Columns {
			cells[i] = ownCell(row[column])
		}
		out = append(out, cells)
	}
	return out
}

func ownCell(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}
