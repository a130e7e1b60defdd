package handler

import (
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
)

// rosterColumnNames are the columns of a roster as people call them.
var rosterColumnNames = map[string]model.Phrase{
	"building": {ZH: "楼栋", EN: "building"}, "unit": {ZH: "单元", EN: "unit"}, "room": {ZH: "房号", EN: "room"},
	"name": {ZH: "姓名", EN: "name"}, "phone": {ZH: "手机号", EN: "phone"}, "id_last4": {ZH: "身份证后四位", EN: "last four of the ID number"},
	"relation": {ZH: "关系", EN: "relation"}, "birth": {ZH: "出生日期", EN: "date of birth"},
	"age_group": {ZH: "年龄段", EN: "age group"}, "lease_until": {ZH: "租期至", EN: "last day of the lease"}, "plates": {ZH: "车牌", EN: "plates"},
}

// rosterSentences say what is wrong, behind the name of the column.
var rosterSentences = map[model.RosterErrorCode]model.Phrase{
	model.RosterRequired:       {ZH: "不能为空。", EN: "must be filled in."},
	model.RosterFormat:         {ZH: "格式不正确。", EN: "is not in the right form."},
	model.RosterLength:         {ZH: "太长。", EN: "is too long."},
	model.RosterEnum:           {ZH: "只能填业主、租户、家属或住家。", EN: "must be owner, tenant, family or helper."},
	model.RosterDuplicate:      {ZH: "与文件中上面的一行重复。", EN: "stands further up in the file already."},
	model.RosterConflict:       {ZH: "已登记在另一户的另一人名下。", EN: "belongs to somebody else in another home."},
	model.RosterMissingColumn:  {ZH: "这一列没有找到，请检查表头。", EN: "was not found as a column. Please check the header row."},
	model.RosterRepeatedColumn: {ZH: "这一列出现了不止一次。", EN: "stands in more than one column."},
}

// rosterOwnSentences are those of columns for which a code means something else.
var rosterOwnSentences = map[model.RosterError]model.Phrase{
	{Column: "plates", Code: model.RosterConflict}:      {ZH: "有一个已登记在另一户。", EN: "has one that belongs to another home."},
	{Column: "plates", Code: model.RosterLength}:        {ZH: "太多，一格最多十个。", EN: "has too many: ten in a cell at most."},
	{Column: "age_group", Code: model.RosterEnum}:       {ZH: "只能填儿童、成人或老人。", EN: "must be child, adult or elder."},
	{Column: "lease_until", Code: model.RosterConflict}: {ZH: "业主没有租期，请留空。", EN: "must be left empty for an owner, who has no lease."},
}

// rosterSentence is what a row's error says to people. It has nothing of the row.
func rosterSentence(e model.RosterError, language string) string {
	column, sentence := rosterColumnNames[e.Column], rosterSentences[e.Code]
	if own, ok := rosterOwnSentences[model.RosterError{Column: e.Column, Code: e.Code}]; ok {
		sentence = own
	}
	if language == middleware.English {
		return "The " + column.EN + " " + sentence.EN
	}
	return "“" + column.ZH + "”" + sentence.ZH
}
