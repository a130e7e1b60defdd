package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// object is a JSON object as this package reads it itself.
func object(text []byte) (map[string]any, bool) {
	var o map[string]any
	return o, json.Unmarshal(readable(text), &o) == nil && o != nil
}

// notPushed leaves a payload out.
func notPushed(why string) player {
	return func(context.Context, *stage, payload) (outcome, error) { return outcome{}, leftOut(why) }
}

const jsonType = "application/json"

// sensetime: an event pushed, or the question whether somebody may pass.
func sensetime(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, fine := object(p.body)
	if !fine {
		return outcome{}, leftOut("no JSON object")
	}
	q := push{contentType: jsonType, body: p.body, keeps: true, understood: ok(`"code":200`)}
	switch _, asked := o["recognizeStatus"]; {
	case asked:
		// It has no number of its own: asked again it is another question.
		q.understood, q.nameless = ok(`"code":200`, `"pass":`), true
	case o["code"] != nil && o["msg"] != nil:
		return outcome{}, leftOut("what a device is answered")
	case o["type"] == nil:
		return outcome{}, leftOut("neither an event nor a question")
	}
	u, err := s.register(ctx, "sensetime", nil)
	if err != nil {
		return outcome{}, err
	}
	// Without 200 to this the terminal decides for itself.
	if status, _, err := u.send(ctx, push{method: http.MethodGet}); err != nil || status != http.StatusOK {
		return outcome{}, fmt.Errorf("its sign of life is answered %d, %v", status, err)
	}
	return u.replay(ctx, q)
}

// dahua: events uploaded one by one or several at once.
func dahua(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, fine := object(p.body)
	switch {
	case !fine && bytes.Contains(p.body, []byte("Code=")):
		return streamed(ctx, s, p)
	case !fine:
		return outcome{}, leftOut("no JSON object")
	case o["Code"] == nil && o["Events"] == nil:
		return outcome{}, leftOut("no event")
	}
	u, err := s.register(ctx, "dahua", nil)
	if err != nil {
		return outcome{}, err
	}
	data, _ := o["Data"].(map[string]any)
	return u.replay(ctx, push{nameless: o["Events"] == nil && data["UTC"] == nil && data["RealUTC"] == nil && data["RecNo"] == nil && data["EventID"] == nil, contentType: jsonType, body: p.body, keeps: true, understood: ok(`"code":0`, `"message":"success"`)})
}

// streamed is a text of several parts, pushed as one body.
func streamed(ctx context.Context, s *stage, p payload) (outcome, error) {
	boundary, _, _ := bytes.Cut(bytes.TrimSpace(p.body), []byte("\n"))
	name := string(bytes.TrimLeft(bytes.TrimSpace(boundary), "-"))
	u, err := s.register(ctx, "dahua", nil)
	if err != nil {
		return outcome{}, err
	}
	return u.replay(ctx, push{contentType: "multipart/x-mixed-replace; boundary=" + name, body: p.body, keeps: true, understood: ok(`"code":0`, `"message":"success"`)})
}

// uniview: a sign of life, or a notice with a sequence number to be said back.
func uniview(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, fine := object(p.body)
	if !fine {
		return outcome{}, leftOut("no JSON object")
	}
	q := push{path: "/LAPI/V1.0/PACS/Controller/Event/Notifications", contentType: jsonType, body: p.body, keeps: true, understood: ok()}
	serial, _ := o["DeviceCode"].(string)
	switch seq, numbered := o["Seq"].(float64); {
	case o["RefId"] != nil && o["NextTime"] != nil:
		q.path, q.keeps = "/LAPI/V1.0/PACS/Controller/HeartReportInfo", false
	case numbered:
		q.understood = ok(`"RecordID":` + strconv.FormatInt(int64(seq), 10))
	case o["Response"] != nil:
		return outcome{}, leftOut("what a device is answered")
	}
	more := map[string]any{}
	if serial != "" {
		more["serial"] = serial
	} else {
		q.broken = "it names no device"
	}
	u, err := s.register(ctx, "uniview", more)
	if err != nil {
		return outcome{}, err
	}
	return u.replay(ctx, q)
}
