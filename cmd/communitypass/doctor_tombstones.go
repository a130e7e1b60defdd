package main

import (
	"context"
	"fmt"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// tombstones finds people who were deleted and came back with a restored backup.
func (c *checkup) tombstones(ctx context.Context, cfg *Config, s *store.Store) {
	deps := service.Deps{Store: s, Clock: model.SystemClock{}}
	n, err := service.NewClosings(deps, house.Tombstones(cfg.DataDir)).CameBack(ctx)
	switch {
	case err != nil:
		c.broken("deletion", err)
	case n > 0:
		c.add("deletion", odd, fmt.Sprintf("有 %d 位已注销的人随备份回来了：启动 serve 时会再次删除。", n),
			fmt.Sprintf("%d deleted people came back with a backup: serve deletes them again when it starts.", n))
	default:
		c.add("deletion", good, "已注销的人都不在数据库里。", "Nobody who was deleted is in the database.")
	}
}
