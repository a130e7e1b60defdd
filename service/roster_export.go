package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Export gives a community's roster as a table, its header first, in the order of
// addresses. Names and phones are masked, and ID digits are left out: the whole
// would have to be asked for by two people. The export is in the audit log before
// anything is read. Errors: not_found out of scope.
func (f *RosterFiles) Export(ctx context.Context, caller *model.Caller, communityID, format string) ([][]string, error) {
	if err := f.Directory.Reach(caller, "roster.export", communityID); err != nil {
		return nil, err
	}
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Audit(caller, communityID, "roster.export", "community", communityID, map[string]string{"format": format, "masked": strconv.FormatBool(true)})
	})
	if err != nil {
		return nil, err
	}
	out := [][]string{{"楼栋 building", "单元 unit", "房号 room", "姓名 name", "手机号 phone", "关系 relation", "已认领 claimed", "租期至 lease_until", "年龄段 age_group"}}
	tx := f.Store.View(ctx)
	var after *model.Household
	for {
		homes, err := tx.Households(communityID, "", after, rosterChunk)
		if err != nil || len(homes) == 0 {
			return out, err
		}
		if out, err = exported(tx, communityID, homes, out); err != nil {
			return nil, err
		}
		after = &homes[len(homes)-1]
	}
}

// exported adds the people of some households to the table.
func exported(tx *store.Tx, communityID string, homes []model.Household, out [][]string) ([][]string, error) {
	ids := make([]string, len(homes))
	for i, h := range homes {
		ids[i] = h.ID
	}
	rosters, err := tx.Rosters(communityID, ids)
	if err != nil {
		return nil, err
	}
	for _, h := range homes {
		for _, v := range rosterViews(rosters[h.ID]) {
			claimed := "否 no"
			if v.Claimed {
				claimed = "是 yes"
			}
			out = append(out, []string{h.Building, h.Unit, h.Room, v.NameMasked, v.PhoneMasked, relationWords[v.Relation], claimed, lastDay(v.LeaseUntil), ageWords[v.AgeGroup]})
		}
	}
	return out, nil
}

// lastDay is the day that a lease ends with, as it stands in a roster; "" for none.
func lastDay(until int64) string {
	if until == 0 {
		return ""
	}
	return dayOf(until - 1)
}

// ageWords are the age groups as they are written for people.
var ageWords = map[model.AgeGroup]string{model.AgeChild: "儿童 child", model.AgeAdult: "成人 adult", model.AgeElder: "老人 elder"}

// relationWords are the relations as they are written for people.
var relationWords = map[string]string{"owner": "业主 owner", "tenant": "租户 tenant", "family": "家属 family", "helper": "住家 helper"}
