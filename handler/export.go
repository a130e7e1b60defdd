package handler

import (
	"bytes"
	"context"
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

// Exports serves exports of data in clear, which two people agree on.
type Exports struct{ Service *service.Exports }

// RequestExport is POST /v1/communities/{cid}/exports.
func (h *Exports) RequestExport(ctx context.Context, r server.RequestExportRequestObject) (server.RequestExportResponseObject, error) {
	e, err := h.Service.Request(ctx, middleware.Caller(ctx), r.Cid, string(r.Body.Kind), string(r.Body.Purpose), r.Body.Ticket)
	if err != nil {
		return nil, err
	}
	return server.RequestExport201JSONResponse(export(e)), nil
}

// ListExports is GET /v1/communities/{cid}/exports.
func (h *Exports) ListExports(ctx context.Context, r server.ListExportsRequestObject) (server.ListExportsResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListExports200JSONResponse{Items: each(list.Items, export), NextCursor: optional(list.Next)}, nil
}

// ApproveExport is POST /v1/communities/{cid}/exports/{id}/approve.
func (h *Exports) ApproveExport(ctx context.Context, r server.ApproveExportRequestObject) (server.ApproveExportResponseObject, error) {
	e, err := h.Service.Approve(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.ApproveExport200JSONResponse(export(e)), nil
}

// DeclineExport is POST /v1/communities/{cid}/exports/{id}/decline.
func (h *Exports) DeclineExport(ctx context.Context, r server.DeclineExportRequestObject) (server.DeclineExportResponseObject, error) {
	e, err := h.Service.Decline(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.DeclineExport200JSONResponse(export(e)), nil
}

func export(e model.Export) wire.Export {
	return wire.Export{Id: e.ID, Kind: wire.ExportKind(e.Kind), Purpose: e.Purpose, Ticket: e.Ticket, AuthorId: e.AuthorID, ApprovalId: e.ApprovalID,
		State: wire.ExportState(e.State), DecidedBy: optional(e.DecidedBy), DecidedAt: instant.Maybe(e.DecidedAt),
		DownloadedAt: instant.Maybe(e.DownloadedAt), Rows: optional(e.RowsCount), CreatedAt: instant.Of(e.CreatedAt)}
}

// GetExportFile is GET /v1/communities/{cid}/exports/{id}/file.
func (h *Exports) GetExportFile(c *gin.Context) {
	ctx := c.Request.Context()
	table, err := h.Service.File(ctx, middleware.Caller(ctx), c.Param("cid"), c.Param("id"))
	if err != nil {
		fail(c, err)
		return
	}
	var out bytes.Buffer
	if err := sheet.Write(&out, sheet.XLSX, table); err != nil {
		fail(c, model.Fail(model.CodeInternal, err))
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Content-Disposition", `attachment; filename="roster.xlsx"`)
	c.Data(http.StatusOK, sheet.MediaXLSX, out.Bytes())
}
