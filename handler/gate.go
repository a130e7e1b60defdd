package handler

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// SetPassageOutcome is POST /v1/gate/passages/{id}/outcome.
func (h *Gates) SetPassageOutcome(ctx context.Context, r server.SetPassageOutcomeRequestObject) (server.SetPassageOutcomeResponseObject, error) {
	p, err := h.Service.SetOutcome(ctx, middleware.Caller(ctx), r.Id, string(r.Body.Outcome))
	if err != nil {
		return nil, err
	}
	return server.SetPassageOutcome200JSONResponse{PassageId: p.ID, Outcome: wire.PassageState(p.Outcome)}, nil
}

// UploadPassages is POST /v1/gate/passages/batch. Items are read one by one, so
// that a bad one is answered as rejected and never stops the others.
func (h *Gates) UploadPassages(ctx context.Context, r server.UploadPassagesRequestObject) (server.UploadPassagesResponseObject, error) {
	results, err := h.Service.Upload(ctx, middleware.Caller(ctx), each(r.Body.Passages, readOffline))
	if err != nil {
		return nil, err
	}
	return server.UploadPassages200JSONResponse{Results: each(results, func(o service.OfflineResult) wire.PassageItemResult {
		return wire.PassageItemResult{ScanId: o.ScanID, Status: wire.PassageItemResultStatus(o.Status),
			PassageId: optional(o.PassageID), Reason: optional(o.Reason), ConflictId: optional(o.ConflictID)}
	})}, nil
}

// offlineBody is OfflinePassage of the contract.
type offlineBody struct {
	scanBody
	ByHand        field[handBody] `json:"by_hand"`
	Decision      field[string]   `json:"decision"`
	Reason        field[string]   `json:"reason"`
	RuleVersion   field[int64]    `json:"rule_version"`
	BundleVersion field[string]   `json:"bundle_version"`
	Outcome       field[string]   `json:"outcome"`
}

// handBody is OfflineHand of the contract.
type handBody struct {
	Reason string        `json:"reason"`
	Note   field[string] `json:"note"`
}

var (
	offlineReason = regexp.MustCompile(`^[a-z_]{1,32}$`)
	bundleVersion = regexp.MustCompile(`^[A-Za-z0-9_-]{0,64}$`)
)

// readOffline reads one item; what cannot be read keeps its scan id, if it has
// one, so that the device can tell which it was.
func readOffline(item *json.RawMessage) service.OfflinePassage {
	raw := json.RawMessage("null")
	if item != nil {
		raw = *item
	}
	var b offlineBody
	err := readStrict(bytes.NewReader(raw), &b)
	var o service.OfflinePassage
	if scanID.MatchString(b.ScanID.value) {
		o.ScanID = b.ScanID.value
	}
	switch {
	case err != nil:
		o.Bad = model.CodeOf(err)
	case len(b.checkShown()) > 0 || !b.whole():
		o.Bad = model.CodeInvalid
	default:
		o = service.OfflinePassage{Scan: b.scan(), Decision: admission.Outcome(b.Decision.value), Reason: admission.Reason(b.Reason.value),
			RuleVersion: b.RuleVersion.value, BundleVersion: b.BundleVersion.value, Outcome: b.Outcome.value, Hand: b.hand()}
	}
	return o
}

// checkShown is check, but what is by a hand shows no code.
func (b *offlineBody) checkShown() []model.FieldError {
	if !b.ByHand.set {
		return b.check()
	}
	return slices.DeleteFunc(b.check(), func(e model.FieldError) bool { return e.Field == "/code" && e.Code == "required" })
}

// hand is what the guard said; nil where no hand admitted.
func (b *offlineBody) hand() *model.ManualPassage {
	if !b.ByHand.set {
		return nil
	}
	return &model.ManualPassage{Reason: b.ByHand.value.Reason, Note: b.ByHand.value.Note.value}
}

// byHand checks an admission by a hand.
func (b *offlineBody) byHand() bool {
	return !b.Code.set && b.Decision.value == string(admission.Admit) && b.Reason.value == string(admission.ReasonManual) && b.hand().Check() == nil
}

// whole checks what an offline passage has beyond a scan.
func (b *offlineBody) whole() bool {
	return slices.Contains([]string{"admit", "refuse", "refer"}, b.Decision.value) &&
		slices.Contains([]string{"decided", "passed", "annulled", "timed_out"}, b.Outcome.value) &&
		offlineReason.MatchString(b.Reason.value) &&
		b.RuleVersion.set && b.RuleVersion.value >= 0 &&
		b.BundleVersion.set && bundleVersion.MatchString(b.BundleVersion.value) &&
		(!b.ByHand.set || b.byHand())
}

// SendHeartbeat is POST /v1/gate/heartbeats.
func (h *Gates) SendHeartbeat(ctx context.Context, r server.SendHeartbeatRequestObject) (server.SendHeartbeatResponseObject, error) {
	beat := service.Heartbeat{DeviceTime: r.Body.DeviceTime.Time}
	if r.Body.Software != nil {
		beat.Software = *r.Body.Software
	}
	if r.Body.BundleVersion != nil {
		beat.BundleVersion = *r.Body.BundleVersion
	}
	if r.Body.QueueLength != nil {
		beat.QueueLength = int64(*r.Body.QueueLength)
	}
	beat.BundleIssuedAt, beat.LastUploadAt = millisOf(r.Body.BundleIssuedAt), millisOf(r.Body.LastUploadAt)
	if r.Body.DeadLetters != nil {
		beat.DeadLetters = int64(*r.Body.DeadLetters)
	}
	if r.Body.Conflicts != nil {
		beat.Conflicts = int64(*r.Body.Conflicts)
	}
	if r.Body.Held != nil {
		for _, p := range *r.Body.Held {
			beat.Held = append(beat.Held, model.HeldPassage{ScanID: p.ScanId, ScannedAt: model.Millis(p.ScannedAt.Time), Decision: string(p.Decision), State: string(p.State), Why: textOf(p.Why)})
		}
	}
	answer, err := h.Service.Heartbeat(ctx, middleware.Caller(ctx), beat)
	if err != nil {
		return nil, err
	}
	return server.SendHeartbeat200JSONResponse{ServerTime: instant.Time{Time: answer.Now}, BundleVersion: answer.BundleVersion,
		ClockOffsetMs: answer.ClockOffset.Milliseconds(), Commands: []wire.Command{}}, nil
}

// named says whether If-None-Match has the tag (RFC 9110 §13.1.2): any of a list,
// weak or not, since a proxy that compresses weakens it; or *.
func named(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// manipulation is the name of our deltas (RFC 3229).
const manipulation = "exceptions"

// deltaBase is the version from which a delta is asked for, "" for none.
func deltaBase(h http.Header) string {
	wanted := slices.ContainsFunc(strings.Split(strings.Join(h["A-Im"], ","), ","), func(one string) bool { return strings.TrimSpace(one) == manipulation })
	if tags := h["If-None-Match"]; wanted && len(tags) == 1 {
		return strings.Trim(strings.TrimPrefix(tags[0], "W/"), `"`)
	}
	return ""
}

// GetBundle is GET /v1/gate/bundle, with the version as entity tag; a device that asks
// for a delta and can have one is answered 226.
func (h *Gates) GetBundle(c *gin.Context) {
	ctx := c.Request.Context()
	base := deltaBase(c.Request.Header)
	b, delta, err := h.Service.BundleSince(ctx, middleware.Caller(ctx), base)
	if err != nil {
		fail(c, err)
		return
	}
	tag := `"` + b.Version + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
	if named(c.Request.Header["If-None-Match"], tag) {
		c.Status(304)
		return
	}
	if delta != nil {
		c.Header("IM", manipulation)
		c.Header("Delta-Base", `"`+base+`"`)
		c.Header("Cache-Control", "no-store")
		writeJSON(c, http.StatusIMUsed, wire.BundleDelta{Before: base64.StdEncoding.EncodeToString(delta.Before), After: base64.StdEncoding.EncodeToString(delta.After),
			Removed: delta.Removed, Added: delta.Added, Signature: base64.StdEncoding.EncodeToString(b.Signature), KeyId: b.KeyID, Version: b.Version,
			ExpiresAt: instant.Of(b.ExpiresAt)})
		return
	}
	writeJSON(c, 200, wire.SignedBundle{Payload: base64.StdEncoding.EncodeToString(b.Payload),
		Signature: base64.StdEncoding.EncodeToString(b.Signature), KeyId: b.KeyID, Version: b.Version, ExpiresAt: instant.Of(b.ExpiresAt)})
}
