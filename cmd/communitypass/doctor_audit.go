package main

import (
	"context"
	"fmt"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// audit reads the whole chain of the audit log and the passages.
func (c *checkup) audit(ctx context.Context, s *store.Store) {
	sealer := service.NewSealer(service.Deps{Store: s, Clock: model.SystemClock{}}, 0)
	report, err := sealer.Verify(ctx, nil)
	switch {
	case err != nil:
		c.broken("audit", err)
	case report.Break != nil:
		b := report.Break
		c.add("audit", bad, fmt.Sprintf("审计链断裂（%s，第 %d 环，%s %s）：有记录被改动、删除或插入。请保留现场并与备份核对。", b.What, b.Seq, b.Kind, b.ID),
			fmt.Sprintf("The audit chain is broken (%s at link %d, %s %s): a record was altered, removed or slipped in. Keep everything as it is and compare with a backup.", b.What, b.Seq, b.Kind, b.ID))
	default:
		c.add("audit", good, fmt.Sprintf("审计链完整：%d 环，%d 条通行记录，末环 %x。", report.Links, report.Passages, report.Head),
			fmt.Sprintf("The audit chain is whole: %d links, %d passages, head %x.", report.Links, report.Passages, report.Head))
	}
}
