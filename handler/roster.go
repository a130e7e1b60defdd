package handler

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/sheet"

	"github.com/gin-gonic/gin"
)

// filesAtOnce bounds the memory for files that are being read: some hundred MB
// each at worst.
const filesAtOnce = 2

// RosterFiles serves imports and exports of the roster. Files are bound and
// written by hand.
type RosterFiles struct {
	service *service.RosterFiles
	turns   chan struct{}
}

// NewRosterFiles makes the resource.
func NewRosterFiles(s *service.RosterFiles) *RosterFiles {
	return &RosterFiles{service: s, turns: make(chan struct{}, filesAtOnce)}
}

// take waits for nothing: who finds all turns taken is asked to come again.
func (h *RosterFiles) take() (leave func(), err error) {
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	default:
		return nil, model.FailLater(model.CodeOverloaded, 5)
	}
}

// ImportRoster is POST /v1/communities/{cid}/roster-imports.
func (h *RosterFiles) ImportRoster(c *gin.Context) {
	in, file, err := rosterRequest(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	leave, err := h.take()
	if err != nil {
		fail(c, err)
		return
	}
	defer leave()
	ctx := c.Request.Context()
	if in.Table, err = readTable(ctx, file); err != nil {
		fail(c, err)
		return
	}
	r, err := h.service.Import(ctx, middleware.Caller(ctx), c.Param("cid"), in)
	if err != nil {
		fail(c, err)
		return
	}
	writeJSON(c, http.StatusCreated, rosterImport(r, middleware.Language(ctx)))
}

// ExportRoster is GET /v1/communities/{cid}/roster-export.
func (h *RosterFiles) ExportRoster(c *gin.Context) {
	format, media := sheet.CSV, sheet.MediaCSV+"; charset=utf-8"
	if c.Query("format") == string(sheet.XLSX) {
		format, media = sheet.XLSX, sheet.MediaXLSX
	}
	leave, err := h.take()
	if err != nil {
		fail(c, err)
		return
	}
	defer leave()
	ctx := c.Request.Context()
	table, err := h.service.Export(ctx, middleware.Caller(ctx), c.Param("cid"), string(format))
	if err != nil {
		fail(c, err)
		return
	}
	var out bytes.Buffer
	if err := sheet.Write(&out, format, table); err != nil {
		fail(c, model.Fail(model.CodeInternal, err))
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="roster.%s"`, format))
	c.Data(http.StatusOK, media, out.Bytes())
}

// ListRosterImports is GET /v1/communities/{cid}/roster-imports.
func (h *RosterFiles) ListRosterImports(ctx context.Context, r server.ListRosterImportsRequestObject) (server.ListRosterImportsResponseObject, error) {
	list, err := h.service.List(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	shown := func(r model.RosterImport) wire.RosterImport {
		out := rosterImport(r, middleware.Language(ctx))
		out.Errors = nil
		return out
	}
	return server.ListRosterImports200JSONResponse{Items: each(list.Items, shown), NextCursor: optional(list.Next)}, nil
}

// GetRosterImport is GET /v1/communities/{cid}/roster-imports/{id}.
func (h *RosterFiles) GetRosterImport(ctx context.Context, r server.GetRosterImportRequestObject) (server.GetRosterImportResponseObject, error) {
	found, err := h.service.Get(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetRosterImport200JSONResponse(rosterImport(found, middleware.Language(ctx))), nil
}

// UndoRosterImport is POST /v1/communities/{cid}/roster-imports/{id}/undo.
func (h *RosterFiles) UndoRosterImport(ctx context.Context, r server.UndoRosterImportRequestObject) (server.UndoRosterImportResponseObject, error) {
	done, err := h.service.Undo(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.UndoRosterImport200JSONResponse{Import: rosterImport(done.Import, middleware.Language(ctx)),
		PeopleRemoved: done.PeopleRemoved, PeopleKept: done.PeopleKept, HouseholdsRemoved: done.HouseholdsRemoved}, nil
}

func rosterImport(r model.RosterImport, language string) wire.RosterImport {
	errors := each(r.Errors, func(e model.RosterError) wire.RosterError {
		return wire.RosterError{Row: e.Row, Column: wire.RosterErrorColumn(e.Column), Code: wire.RosterErrorCode(e.Code),
			Detail: rosterSentence(e, language)}
	})
	return wire.RosterImport{Id: r.ID, CreatedBy: r.CreatedBy, CreatedAt: instant.Of(r.CreatedAt), DryRun: r.DryRun, Partial: r.Partial,
		State: wire.RosterImportState(r.State), Rows: r.RowsCount, HouseholdsNew: r.HouseholdsNew, PeopleNew: r.PeopleNew,
		PeopleChanged: r.PeopleChanged, Unchanged: r.Unchanged,
		UnknownColumns: each(r.UnknownColumns, func(s string) string { return s }), ErrorCount: r.ErrorCount, Errors: &errors}
}
