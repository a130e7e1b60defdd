package service

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// Notice is the privacy notice, made from the registry of personal fields, so that
// it says all that is kept and nothing else.
type Notice struct {
	// Version is the SM3 of the rest, shortened: it changes with the content.
	Version    string              `json:"version"`
	Fields     []NoticeField       `json:"fields"`
	Recipients []NoticeRecipient   `json:"recipients"`
	Consents   []model.ConsentText `json:"consents"`
	Rights     []NoticeRight       `json:"rights"`
}

// NoticeField is one field: what for, why it is allowed, how long, for whom.
type NoticeField struct {
	Table, Column      string
	Purpose, Retention model.Phrase
	Days               int
	Basis              model.Basis
	Class              model.FieldClass
	Readers            []model.Role
}

// NoticeRecipient is an event that outside systems are sent, with all the fields
// that a policy may choose.
type NoticeRecipient struct {
	EventType string
	Fields    []string
}

// NoticeRight is something that people may ask for, and how.
type NoticeRight struct {
	Right     string
	Operation string
	How       model.Phrase
}

// noticeRights are what people can do themselves.
var noticeRights = []NoticeRight{
	{"know", "GET /v1/privacy/notice", model.Phrase{ZH: "阅读本告知", EN: "Read this notice"}},
	{"access_log", "GET /v1/me/access-log", model.Phrase{ZH: "查看谁查阅过自己的信息", EN: "See who looked at your data"}},
	{"copy", "GET /v1/me/data-export", model.Phrase{ZH: "导出自己的全部信息（JSON 或 CSV）", EN: "Export all of your data (JSON or CSV)"}},
	{"trail", "GET /v1/me/passages", model.Phrase{ZH: "查看自己的通行记录", EN: "See your own passages"}},
	{"consent", "POST /v1/me/consents", model.Phrase{ZH: "按用途分别同意", EN: "Agree purpose by purpose"}},
	{"withdraw", "DELETE /v1/me/consents/{purpose}", model.Phrase{ZH: "一步撤回同意，其他功能不受影响", EN: "Withdraw with one step; everything else goes on working"}},
	{"delete", "DELETE /v1/me", model.Phrase{ZH: "注销账号并删除信息（销毁密钥）", EN: "Close the account and delete your data (its key is destroyed)"}},
}

// Notice makes the notice of this version of the program.
func (p *Privacy) Notice() (Notice, error) {
	n := Notice{Rights: noticeRights}
	for _, f := range model.PersonalFields() {
		n.Fields = append(n.Fields, NoticeField{Table: f.Table, Column: f.Column, Purpose: f.Purpose, Retention: f.Retention.Until,
			Days: f.Retention.Days, Basis: f.Basis, Class: f.Class, Readers: f.Readers})
	}
	for _, event := range slices.Sorted(maps.Keys(model.EventFields)) {
		fields := slices.Concat(model.EventFields[event].Default, model.EventFields[event].Optional)
		slices.Sort(fields)
		n.Recipients = append(n.Recipients, NoticeRecipient{EventType: event, Fields: fields})
	}
	for _, purpose := range model.ConsentPurposes() {
		text, _ := model.CurrentConsentText(purpose)
		n.Consents = append(n.Consents, text)
	}
	content, err := json.Marshal(n)
	if err != nil {
		return Notice{}, err
	}
	n.Version = hex.EncodeToString(gm.SM3(content))[:16]
	return n, nil
}
