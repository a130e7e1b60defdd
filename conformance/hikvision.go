package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// hikvision: an event of ISAPI in JSON or XML; or what is said when the server calls the
// device.
func hikvision(ctx context.Context, s *stage, p payload) (outcome, error) {
	if told, err := hikvisionCalled(ctx, s, p); !errors.Is(err, errNotCalled) {
		return told, err
	}
	e, why := alertOf(p)
	if why != "" {
		return outcome{}, leftOut(why)
	}
	u, err := s.register(ctx, "hikvision", nil)
	if err != nil {
		return outcome{}, err
	}
	q := push{contentType: cmp.Or(p.contentType, e.contentType), body: p.body, keeps: !e.heartbeat, nameless: e.nameless, understood: ok()}
	if e.asks {
		q.understood = checked(e.serial)
	}
	return u.replay(ctx, q)
}

// alert is what this package itself understands of an event.
type alert struct {
	contentType string
	heartbeat   bool
	// asks is whether the device waits with the door for a word of ours.
	asks   bool
	serial string
	// nameless has no time, no number and no id of its own.
	nameless bool
}

func alertOf(p payload) (alert, string) {
	if o, fine := object(p.body); fine {
		event, _ := o["AccessControllerEvent"].(map[string]any)
		name, _ := o["eventType"].(string)
		if name == "" && event == nil && o["EventNotificationAlert"] == nil {
			return alert{}, "not an event: what is asked of a device, or what it answers"
		}
		asks, _ := event["remoteCheck"].(bool)
		return alert{contentType: jsonType, heartbeat: strings.EqualFold(name, "heartBeat"), asks: asks, serial: fmt.Sprint(event["serialNo"]),
			nameless: o["dateTime"] == nil && event["serialNo"] == nil}, ""
	}
	fields, root, err := elements(p.body)
	switch {
	case err != nil:
		return alert{}, "neither JSON nor XML"
	case root != "EventNotificationAlert":
		return alert{}, "not an event: " + root
	}
	idle := fields["eventType"] == "videoloss" && fields["eventState"] == "inactive"
	return alert{contentType: "application/xml", heartbeat: idle || strings.EqualFold(fields["eventType"], "heartBeat"),
		asks: fields["remoteCheck"] == "true", serial: fields["serialNo"],
		nameless: fields["dateTime"]+fields["UUID"]+fields["serialNo"] == ""}, ""
}

// elements are the texts of an XML document by local name, the first of each, and the
// name of its root.
func elements(text []byte) (fields map[string]string, root string, err error) {
	plain := readable(text)
	d := xml.NewDecoder(bytes.NewReader(plain))
	if d.CharsetReader = readerOf; !bytes.Equal(plain, text) { // it was decoded before
		d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	}
	fields = map[string]string{}
	name := ""
	for {
		token, err := d.Token()
		if err == io.EOF && root != "" {
			return fields, root, nil
		}
		if err != nil {
			return nil, "", err
		}
		switch e := token.(type) {
		case xml.StartElement:
			name = e.Name.Local
			if root == "" {
				root = name
			}
		case xml.CharData:
			if _, seen := fields[name]; !seen && len(bytes.TrimSpace(e)) > 0 {
				fields[name] = string(bytes.TrimSpace(e))
			}
		}
	}
}

// readerOf decodes a document in the character set that it declares.
func readerOf(label string, r io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(label)
	if err != nil {
		return nil, err
	}
	return e.NewDecoder().Reader(r), nil
}

// checked wants the answer that the device opens or stays shut by, with its own
// number in it.
func checked(serial string) func(int, []byte) error {
	return func(status int, body []byte) error {
		var a struct {
			RemoteCheck struct {
				SerialNo    json.Number `json:"serialNo"`
				CheckResult string      `json:"checkResult"`
			}
		}
		if err := json.Unmarshal(body, &a); status != http.StatusOK || err != nil {
			return fmt.Errorf("status %d without RemoteCheck", status)
		}
		if r := a.RemoteCheck; r.SerialNo.String() != serial || r.CheckResult != "success" && r.CheckResult != "failed" {
			return fmt.Errorf("RemoteCheck %s %s for %s", r.SerialNo, r.CheckResult, serial)
		}
		return nil
	}
}
