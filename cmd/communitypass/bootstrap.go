package main

import (
	"context"
	"fmt"
	"io"

	"communitypass.cn/communitypass/model"
)

// offerBootstrap prints a token for the first administrator while there are no
// staff; newToken answers bootstrap_closed once there are. It goes to standard output, not into the log, which others may keep.
func offerBootstrap(ctx context.Context, newToken func(context.Context) (string, error), publicURL string, out io.Writer) error {
	token, err := newToken(ctx)
	switch {
	case model.CodeOf(err) == model.CodeBootstrapClosed:
		return nil
	case err != nil:
		return explain(err)
	}
	_, err = fmt.Fprintf(out, `
还没有工作人员账号。用下面的一次性令牌创建首位管理员：
There are no staff yet. Make the first administrator with this one-time token:

  %s

  POST %s/v1/bootstrap    docs/operations.zh.md  docs/operations.md

`, token, publicURL)
	return err
}
