package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"communitypass.cn/communitypass/simulator"
)

// cabin gives an act in which a resident is admitted by the reader inside a lift, whose
// buttons then work. The reader is one of its own, at the gate of the stage.
func (s *stage) cabin(ctx context.Context, l *simulator.Lift) (act, func(), error) {
	reader, err := s.register(ctx, "vguang", nil)
	if err != nil {
		return act{}, nil, err
	}
	rider := &stage{Target: s.Target, clock: s.clock, http: s.http}
	rider.Token = s.Residents[len(s.Residents)-1]
	gone := func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endings)
		defer cancel()
		reader.revoke(last)
	}
	// A code admits once in each direction, so that it is done once.
	return act{name: "opens floors in its cabin 轿厢开放楼层", once: true, do: func(ctx context.Context) (string, error) {
		code, err := rider.code(ctx)
		if err != nil {
			return "", err
		}
		if said, err := reader.pushed(ctx, push{contentType: "text/html", body: fmt.Appendf(nil, "vgdecoderesult=%s&&devicenumber=1", code), understood: oneOf("code=0000")}); err != nil {
			return said, err
		}
		var open []string
		err = until(ctx, "no floor was opened", func() (bool, error) { open = l.Open(); return len(open) > 0, nil })
		return "open: " + strings.Join(open, " "), err
	}}, gone, nil
}

// code is the present code of a valid pass of the caller's own in the community.
func (s *stage) code(ctx context.Context) (string, error) {
	got, err := s.call(ctx, http.MethodGet, "/v1/me/passes", nil)
	if err != nil {
		return "", err
	}
	passes, _ := got["items"].([]any)
	at := slices.IndexFunc(passes, func(p any) bool {
		pass, _ := p.(map[string]any)
		return pass["community_id"] == s.CommunityID && pass["state"] == "valid"
	})
	if at < 0 {
		return "", fmt.Errorf("the resident has no valid pass")
	}
	pass, _ := passes[at].(map[string]any)
	got, err = s.call(ctx, http.MethodPost, fmt.Sprintf("/v1/me/passes/%v/codes", pass["id"]), map[string]any{})
	if err != nil {
		return "", err
	}
	codes, _ := got["codes"].([]any)
	if len(codes) == 0 {
		return "", fmt.Errorf("the pass has no code")
	}
	first, _ := codes[0].(map[string]any)
	return fmt.Sprint(first["code"]), nil
}
