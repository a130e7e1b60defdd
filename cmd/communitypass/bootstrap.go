package main

import (
	"context"
	"fmt"
	"io"

	"communitypass.cn/communitypass/model"
)

// newBootstrapToken makes a one-time token for POST /v1/bootstrap; bootstrap_closed
// when there are staff already.
type newBootstrapToken func(ctx context.Context) (string, error)

// offerBootstrap prints a token for the first administrator while there are no
// staff. It goes to standard output, not into the log, which others may keep.
func (h *house) offerBootstrap(ctx context.Context, out io.Writer) error {
	if h.newBootstrapToken == nil {
		return nil
	}
	token, err := h.newBootstrapToken(ctx)
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

`, token, h.cfg.PublicURL)
	return err
}
