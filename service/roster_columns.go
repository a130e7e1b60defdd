package service

import (
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
)

// rosterColumn is a column of the table that a roster is.
type rosterColumn struct {
	name    string
	needed  bool
	headers []string
}

// rosterColumns are all that are read, with every header that is known for them.
// A header that is not here is reported and not guessed.
var rosterColumns = []rosterColumn{
	{"building", true, []string{"building", "楼栋", "楼栋号", "楼号", "楼", "栋", "幢", "栋号", "幢号"}},
	{"unit", true, []string{"unit", "单元", "单元号"}},
	{"room", true, []string{"room", "房号", "房间", "房间号", "房屋号", "室", "室号", "门牌号"}},
	{"name", true, []string{"name", "姓名", "住户姓名", "业主姓名", "名字"}},
	{"phone", false, []string{"phone", "mobile", "phonenumber", "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式"}},
	{"id_last4", false, []string{"idlast4", "身份证后四位", "身份证后4位", "证件后四位", "证件号后四位", "身份证号后四位"}},
	{"birth", false, []string{"birth", "birthdate", "birthday", "dateofbirth", "出生日期", "出生年月", "生日"}},
	{"plates", false, []string{"plates", "plate", "车牌", "车牌号", "车牌号码", "车辆"}},
	{"age_group", false, []string{"agegroup", "年龄段", "年龄组"}},
	{"lease_until", false, []string{"leaseuntil", "leaseend", "租期至", "租期到", "租期结束", "租约到期", "租约到期日", "合同到期日", "到期日"}},
	{"relation", true, []string{"relation", "关系", "与业主关系", "住户类型", "人员类型", "身份"}},
}

// rosterRelations are the words for a relation.
var rosterRelations = map[string]string{
	"owner": "owner", "业主": "owner", "户主": "owner", "房主": "owner",
	"tenant": "tenant", "租户": "tenant", "租客": "tenant", "承租人": "tenant",
	"family": "family", "家属": "family", "家人": "family", "家庭成员": "family",
	"helper": "helper", "保姆": "helper", "住家": "helper", "住家保姆": "helper", "家政": "helper",
}

// rosterAges are the words for an age group.
var rosterAges = map[string]model.AgeGroup{
	"child": model.AgeChild, "儿童": model.AgeChild, "小孩": model.AgeChild, "未成年": model.AgeChild, "未满14岁": model.AgeChild,
	"adult": model.AgeAdult, "成人": model.AgeAdult, "成年": model.AgeAdult, "成年人": model.AgeAdult,
	"elder": model.AgeElder, "老人": model.AgeElder, "老年": model.AgeElder, "老年人": model.AgeElder, "60岁以上": model.AgeElder,
}

// rosterHeader says in which place each column stands.
type rosterHeader struct {
	place   map[string]int
	unknown []string
	errors  []model.RosterError
}

// readRosterHeader finds the columns by their names.
func readRosterHeader(row TableRow) rosterHeader {
	h := rosterHeader{place: map[string]int{}}
	for i, cell := range row.Cells {
		if cell == "" {
			continue
		}
		c := slices.IndexFunc(rosterColumns, func(c rosterColumn) bool { return slices.Contains(c.headers, headerWord(cell)) })
		if c < 0 {
			h.unknown = append(h.unknown, columnLetters(i))
			continue
		}
		name := rosterColumns[c].name
		if _, twice := h.place[name]; twice {
			h.errors = append(h.errors, model.RosterError{Row: row.Number, Column: name, Code: model.RosterRepeatedColumn})
			continue
		}
		h.place[name] = i
	}
	for _, c := range rosterColumns {
		if _, there := h.place[c.name]; c.needed && !there {
			h.errors = append(h.errors, model.RosterError{Row: row.Number, Column: c.name, Code: model.RosterMissingColumn})
		}
	}
	return h
}

// cell is the text of a column in a row, "" when the row is too short for it.
func (h *rosterHeader) cell(row TableRow, column string) string {
	i, ok := h.place[column]
	if !ok || i >= len(row.Cells) {
		return ""
	}
	return row.Cells[i]
}

// headerWord is a header without what people decorate it with: "* 手 机 号（必填）"
// is "手机号".
func headerWord(cell string) string {
	word := strings.ToLower(model.HalfWidth(cell))
	word, _, _ = strings.Cut(word, "(")
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '-', '*', ':', '/', '\n', '\r', '\t', '\u00a0':
			return -1
		}
		return r
	}, word)
}

// columnLetters names the i-th column, from 0, as a spreadsheet does: A, B … AA.
func columnLetters(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
