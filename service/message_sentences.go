package service

import (
	"strings"

	"communitypass.cn/communitypass/model"
)

// messageSentences are the texts of messages by template, one line each. {name}
// stands for a parameter; one that is missing is left out. A test holds them
// against the templates that the code tells.
var messageSentences = map[string]model.Phrase{
	"appeal_decided":          {ZH: "申诉已处理：限制继续有效。", EN: "Your appeal was answered: the restriction stands."},
	"card_issued":             {ZH: "您的纸质卡已办理，有效期至{last_day}。", EN: "Your printed card is ready; it is valid to {last_day}."},
	"card_revoked":            {ZH: "您的纸质卡已作废：{reason}。", EN: "Your printed card was revoked: {reason}."},
	"emergency_started":       {ZH: "小区已进入应急状态，请查看要求。", EN: "An emergency is on in your community; see what is asked."},
	"health_report_due":       {ZH: "您或您代办的人该做健康申报了。", EN: "A health report is due, yours or that of somebody you carry."},
	"household_invited":       {ZH: "{by}邀请您加入{building}-{unit}-{room}，请确认手机号或认领。", EN: "{by} has added you to {building}-{unit}-{room}; confirm your phone or claim the household."},
	"incident_dispatched":     {ZH: "请到{place}处置：{kind}。", EN: "Please go to {place_en}: {kind_en}."},
	"incident_escalated":      {ZH: "事件逾期未处置，已上报给您：{kind}（{place}）。", EN: "An incident was not dealt with in time and was taken up to you: {kind_en} ({place_en})."},
	"incident_on_site":        {ZH: "您上报的事件（{kind}），工作人员已到场。", EN: "Somebody is on the spot for what you reported: {kind_en}."},
	"incident_raised":         {ZH: "新事件由您负责：{kind}（{place}），请尽快确认。", EN: "A new incident is yours: {kind_en} ({place_en}). Please acknowledge it."},
	"incident_resolved":       {ZH: "您上报的事件（{kind}）已处理完毕。", EN: "What you reported was dealt with: {kind_en}."},
	"incident_taken":          {ZH: "您上报的事件（{kind}）已有人受理。", EN: "Somebody has taken on what you reported: {kind_en}."},
	"lease_ending":            {ZH: "{name}在{building}-{unit}-{room}的租期{date}到期（不足{days}天），请及时续租。", EN: "The lease of {name} at {building}-{unit}-{room} ends on {date}, within {days} days."},
	"notice_urgent":           {ZH: "紧急通知：{title}", EN: "Urgent notice: {title_en}"},
	"residency_approved":      {ZH: "{name}在{building}-{unit}-{room}的居住关系已通过，通行证已生效。", EN: "The residency of {name} at {building}-{unit}-{room} was approved; the pass is valid."},
	"residency_declined":      {ZH: "{name}对{building}-{unit}-{room}的认领未通过：{reason}", EN: "The claim of {name} to {building}-{unit}-{room} was declined: {reason}"},
	"residency_ended":         {ZH: "{name}在{building}-{unit}-{room}的居住关系已结束。{reason}", EN: "The residency of {name} at {building}-{unit}-{room} has ended. {reason}"},
	"restriction_auto_lifted": {ZH: "申诉逾期未答复，限制已自动解除。", EN: "Your appeal was not answered in time, so the restriction has lifted by itself."},
	"restriction_expired":     {ZH: "限制已到期。", EN: "The restriction has ended."},
	"restriction_lifted":      {ZH: "限制已解除。", EN: "The restriction was lifted."},
	"restriction_set":         {ZH: "您或您代办的人受到限制，可查看依据并申诉。", EN: "A restriction was set on you or somebody you carry; see its basis, or appeal."},
	"rule_advanced":           {ZH: "您提出的规则已进入{phase}阶段。", EN: "The rules you proposed are now in the phase {phase}."},
	"rule_rolled_back":        {ZH: "规则第{version}版拦下太多人或被撤回，已恢复为第{restored_version}版。", EN: "Rules {version} stopped too many or were taken back; the rules before are in force again as {restored_version}."},
	"rule_withdrawn":          {ZH: "您提出的规则已被撤回。", EN: "The rules you proposed were withdrawn."},
	"visit_approved":          {ZH: "{visitor}的来访已同意。", EN: "The visit of {visitor} was agreed to."},
	"visit_arrived":           {ZH: "{visitor}已到达。", EN: "{visitor} has arrived."},
	"visit_asked":             {ZH: "{visitor}想拜访{home}，请答复。", EN: "{visitor} asks to visit {home}. Please answer."},
	"visit_cancelled":         {ZH: "{visitor}的来访已取消。", EN: "The visit of {visitor} was cancelled."},
	"visit_declined":          {ZH: "{visitor}的来访被拒绝：{reason}。", EN: "The visit of {visitor} was refused: {reason}."},
	"visit_expired":           {ZH: "{visitor}的来访已失效（{reason}）。", EN: "The visit of {visitor} has lapsed ({reason})."},
	"visit_next":              {ZH: "前一位未答复，{visitor}想拜访{home}，请您答复。", EN: "Nobody has answered yet: {visitor} asks to visit {home}. Please answer."},
	"visit_overstay":          {ZH: "{visitor}（{home}）超时未离开。", EN: "{visitor} ({home}) has stayed past the end of the visit."},
}

// genericSentence is for a template that this version does not know, such as one
// of a newer replica.
var genericSentence = model.Phrase{ZH: "您有一条新消息，请打开小程序查看。", EN: "There is something new for you; please open the app."}

// messageText is the sentence of a message in a language: en, or else Chinese.
func messageText(m *model.Message, language string) string {
	phrase, ok := messageSentences[m.Template]
	if !ok {
		phrase = genericSentence
	}
	text := phrase.ZH
	if language == "en" {
		text = phrase.EN
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return out.String()
		}
		// A value goes in as it is: what looks like a parameter in it stays text.
		out.WriteString(m.Params[name])
		text = after
	}
}
