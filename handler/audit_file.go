package handler

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/sheet"

	"github.com/gin-gonic/gin"
)

// rangeOf reads the range of a file from the query, which has been held against
// the contract.
func rangeOf(c *gin.Context) (service.AuditQuery, error) {
	var from, to instant.Time
	if err := errors.Join(from.UnmarshalText([]byte(c.Query("from"))), to.UnmarshalText([]byte(c.Query("to")))); err != nil {
		return service.AuditQuery{}, model.Fail(model.CodeInvalid, err)
	}
	return service.AuditQuery{CommunityID: c.Query("community_id"), From: model.Millis(from.Time), To: model.Millis(to.Time)}, nil
}

// ExportAudit is GET /v1/audit/export.
func (h *Audit) ExportAudit(c *gin.Context) {
	q, err := rangeOf(c)
	if err != nil {
		fail(c, err)
		return
	}
	format, media := "jsonl", "application/jsonl"
	if c.Query("format") == "csv" {
		format, media = "csv", sheet.MediaCSV+"; charset=utf-8"
	}
	ctx := c.Request.Context()
	acts, err := h.Service.Export(ctx, middleware.Caller(ctx), q, format)
	var out bytes.Buffer
	if err == nil && format == "csv" {
		err = sheet.Write(&out, sheet.CSV, auditTable(acts))
	} else if err == nil {
		err = writeLines(&out, acts, wireAct)
	}
	if err != nil {
		fail(c, err)
		return
	}
	sendFile(c, "audit."+format, media, out.Bytes())
}

func sendFile(c *gin.Context, name, media string, body []byte) {
	c.Header("Cache-Control", "no-store")
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Data(http.StatusOK, media, body)
}

func auditTable(acts []model.AuditEntry) [][]string {
	out := [][]string{{"id", "at", "at_ms", "community_id", "actor_kind", "actor_id", "action", "target_kind", "target_id", "detail"}}
	for _, e := range acts {
		at := model.FromMillis(e.At).UTC().Format(instant.Layout)
		out = append(out, []string{e.ID, at, strconv.FormatInt(e.At, 10), e.CommunityID, e.ActorKind, e.ActorID, e.Action, e.TargetKind, e.TargetID, e.Detail})
	}
	return out
}

// writeLines writes things as JSON, one a line.
func writeLines[A, B any](w io.Writer, things []A, f func(A) B) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for _, t := range things {
		if err := lines.Encode(f(t)); err != nil {
			return err
		}
	}
	return nil
}

// GetEvidence is GET /v1/audit/evidence.
func (h *Audit) GetEvidence(c *gin.Context) {
	q, err := rangeOf(c)
	if err != nil {
		fail(c, err)
		return
	}
	ctx := c.Request.Context()
	e, err := h.Service.Evidence(ctx, middleware.Caller(ctx), q)
	var out bytes.Buffer
	if err == nil {
		err = writeEvidence(&out, &e)
	}
	if err != nil {
		fail(c, err)
		return
	}
	sendFile(c, "evidence.zip", "application/zip", out.Bytes())
}

func writeEvidence(out io.Writer, e *service.Evidence) error {
	pack := zip.NewWriter(out)
	files := []struct {
		name  string
		write func(w io.Writer) error
	}{
		{"audit.jsonl", func(w io.Writer) error { return writeLines(w, e.Acts, wireAct) }},
		{"chain.jsonl", func(w io.Writer) error { return writeLines(w, e.Links, evidenceLink) }},
		{"previous.json", func(w io.Writer) error {
			return json.NewEncoder(w).Encode(map[string]string{"previous_hash": hex.EncodeToString(e.Previous)})
		}},
		{"anchors.jsonl", func(w io.Writer) error { return writeLines(w, e.Anchors, wireAnchor) }},
		{"jwks.json", func(w io.Writer) error {
			return json.NewEncoder(w).Encode(wire.Jwks{Keys: each(e.Keys, evidenceKey)})
		}},
	}
	for _, f := range files {
		w, err := pack.Create(f.name)
		if err == nil {
			err = f.write(w)
		}
		if err != nil {
			return err
		}
	}
	return pack.Close()
}

// chainLine is a link with what it binds.
type chainLine struct {
	wire.AuditLink
	EntryKind string `json:"entry_kind"`
	EntryID   string `json:"entry_id"`
}

func evidenceLink(l model.ChainLink) chainLine {
	return chainLine{AuditLink: wireLink(l), EntryKind: l.EntryKind, EntryID: l.EntryID}
}

// evidenceKey is a public key as it is stored, 4 ‖ x ‖ y; retired ones are not in
// the ring any more.
func evidenceKey(k model.Key) wire.Jwk {
	b64, state, purpose, number := base64.RawURLEncoding, string(k.State), wire.JwkPurpose(k.Purpose), int(k.Number)
	half := 1 + (len(k.Public)-1)/2
	return wire.Jwk{Kty: "EC", Crv: "SM2", X: b64.EncodeToString(k.Public[1:half]), Y: b64.EncodeToString(k.Public[half:]), Use: "sig", Alg: "SM2SM3",
		Kid: service.PlatformKeyID(k.Number), Purpose: &purpose, State: &state, KeyNumber: &number}
}
