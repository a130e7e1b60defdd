package conformance

import (
	"context"
)

// publicWarning: one alert of CAP. Each of these elements must be there.
func publicWarning(ctx context.Context, s *stage, p payload) (outcome, error) {
	q := push{contentType: "application/cap+xml", body: p.body, keeps: true, understood: ok(`"accepted":true`)}
	fields, root, err := elements(p.body)
	if err != nil || root != "alert" {
		q.broken = "it is no alert in XML"
	}
	needed := []string{"identifier", "sender", "sent", "status", "msgType", "scope"}
	if fields["msgType"] == "Update" || fields["msgType"] == "Cancel" {
		needed = append(needed, "references")
	}
	for _, element := range needed {
		if q.broken == "" && fields[element] == "" {
			q.broken = "it has no " + element
		}
	}
	u, err := s.register(ctx, "cap", nil)
	if err != nil {
		return outcome{}, err
	}
	return u.replay(ctx, q)
}

// isecure: the callback of a platform that tells for many devices.
func isecure(ctx context.Context, s *stage, p payload) (outcome, error) {
	o, fine := object(p.body)
	switch {
	case !fine:
		return outcome{}, leftOut("no JSON object")
	case o["method"] != "OnEventNotify":
		return outcome{}, leftOut("no callback")
	}
	u, err := s.register(ctx, "isecure", nil)
	if err != nil {
		return outcome{}, err
	}
	return u.replay(ctx, push{contentType: jsonType, body: p.body, keeps: true, understood: ok()})
}
