package main

import (
	"context"
	"fmt"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// hasSchema refuses a database that lacks steps.
func hasSchema(ctx context.Context, s *store.Store) error {
	schema, err := s.Schema(ctx)
	if err != nil {
		return explain(err)
	}
	if schema.Old() {
		return fail(fmt.Sprintf("数据库结构是第 %d 步，本程序需要第 %d 步。请先运行 communitypass migrate。", schema.Current, schema.Wanted),
			fmt.Sprintf("The database is at step %d, this program needs step %d. Run communitypass migrate first.", schema.Current, schema.Wanted))
	}
	return nil
}

// mayServe refuses a database that this program must not serve from: one that
// lacks steps, or one that the demo filled.
func mayServe(ctx context.Context, s *store.Store) error {
	if err := hasSchema(ctx, s); err != nil {
		return err
	}
	_, err := s.View(ctx).Meta(store.MetaDemo)
	switch {
	case model.IsNotFound(err):
		return nil
	case err != nil:
		return explain(err)
	}
	return fail("这个数据库由 communitypass demo 创建，密钥和人员都是公开的，不能用于正式服务。请换一个数据库。",
		"This database was made by communitypass demo: its keys and people are public. Use another one.")
}

// hasKeys refuses to serve without a key of each purpose.
func hasKeys(d *service.Directory) error {
	missing := d.Ring().Missing()
	if len(missing) == 0 {
		return nil
	}
	return fail(fmt.Sprintf("没有可用的密钥：%v。请先运行 communitypass keys create --first。", missing),
		fmt.Sprintf("There is no active key for %v. Run communitypass keys create --first.", missing))
}
