package e2e_test

import (
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// messageOperations are notices, the inbox and the streams. Streams are asked for
// one look.
func messageOperations() map[string]operation {
	return map[string]operation{
		"listMyMessages":        {},
		"readMessage":           {id: more("message")},
		"readAllMessages":       {},
		"streamMyMessages":      {query: "?max_seconds=0"},
		"listStaffMessages":     {},
		"readStaffMessages":     {},
		"streamStaffMessages":   {query: "?max_seconds=0"},
		"listMessageAllowances": {},
		"addMessageAllowances":  {body: sent(map[string]any{"template_ids": []string{"demo-template"}})},
		"listMyNotices":         {},
		"readNotice":            {id: more("notice")},
		"listNotices":           {},
		"publishNotice":         {body: func(w *world, _ places) any { return newNotice(w, false) }},
		"withdrawNotice":        {id: more("old notice")},
		"getMessageWays":        {},
		"streamPassages":        {query: "?max_seconds=0"},
	}
}

func newNotice(w *world, urgent bool) map[string]any {
	return map[string]any{"title_zh": "停水 " + w.unique("n"), "body_zh": "今晚十点到明早六点。", "audience": "all", "urgent": urgent}
}

// furnishMessages publishes two notices, one of them urgent, whose message is then
// in the resident's inbox.
func furnishMessages(t testing.TB, w *world, garden bool, p *places) {
	staff, resident := w.person(manager), "林浩"
	if !garden {
		staff, resident = w.person(otherManager), "何雨桐"
	}
	path := "/v1/communities/" + p.cid + "/notices"
	p.more["old notice"] = want[wire.Notice](t, staff.post(t, path, newNotice(w, false)), 201).Id
	p.more["notice"] = want[wire.Notice](t, staff.post(t, path, newNotice(w, true)), 201).Id
	soon(t, "the urgent notice is in the inbox", func() bool {
		for _, m := range want[wire.MessageList](t, w.person(resident).get(t, "/v1/me/messages?unread=true"), 200).Items {
			if m.SubjectId != nil && *m.SubjectId == p.more["notice"] {
				p.more["message"] = m.Id
			}
		}
		return p.more["message"] != ""
	})
}
