package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"communitypass.cn/communitypass/anchor"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"

	"github.com/spf13/cobra"
)

// verifyOptions are what the operator gives verify.
type verifyOptions struct {
	// anchors is a copy of the anchors, jwks one of the platform's public keys, both
	// kept away from the server; from is the first day looked at. at is the time as of
	// which rows may have reached the end of theirs: a copy made a while ago is judged
	// as of then.
	anchors, jwks, from, at string
}

func (p *program) verifyCommand() *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{Use: "verify", Short: "Verify the audit chain and its daily anchors 验证审计链和每日锚点", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.verify(c.Context(), o) }}
	c.Flags().StringVar(&o.anchors, "anchors", "", "a copy of anchors.jsonl that was kept elsewhere 另存的锚点文件")
	c.Flags().StringVar(&o.jwks, "jwks", "", "a copy of /.well-known/jwks.json that was kept elsewhere 另存的公钥集")
	c.Flags().StringVar(&o.from, "from", "", "the first day of anchors, such as 2026-11-22 从哪一天的锚点开始")
	c.Flags().StringVar(&o.at, "at", "", "judge as of this time, such as 2026-11-22T08:00:00Z 以该时刻为准")
	return c
}

// clock is the machine's, or one that stands at the time given.
func (o verifyOptions) clock() (model.Clock, error) {
	if o.at == "" {
		return model.SystemClock{}, nil
	}
	at, err := time.Parse(time.RFC3339, o.at)
	if err != nil {
		return nil, fail("--at 应是时刻，例如 2026-11-22T08:00:00Z。", "--at must be a time such as 2026-11-22T08:00:00Z.")
	}
	return model.FrozenClock(at), nil
}

// verify reads the chain, what it binds, the anchors, and the seals of the roles, and
// fails with the first thing that is wrong. It changes nothing.
func (p *program) verify(ctx context.Context, o verifyOptions) error {
	if o.from != "" && anchor.Next(o.from) == "" {
		return fail("--from 应是日期，例如 2026-11-22。", "--from must be a day such as 2026-11-22.")
	}
	clock, err := o.clock()
	if err != nil {
		return err
	}
	cfg, err := readConfig(p.environ, needMaster)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, cfg, clock)
	if err != nil {
		return err
	}
	found, err := verified(ctx, s, cfg, clock, o)
	if err := errors.Join(err, s.Close()); err != nil {
		return explain(err)
	}
	fmt.Fprintln(p.out, found.in(p.language))
	return nil
}

// verified says what was found whole; what is broken is an error.
func verified(ctx context.Context, s *store.Store, cfg *Config, clock model.Clock, o verifyOptions) (text, error) {
	if err := hasSchema(ctx, s); err != nil { // of a demo too: nothing is served
		return text{}, err
	}
	d := service.Deps{Store: s, Clock: clock, Directory: service.NewDirectory(s, cfg.master)}
	if err := d.Directory.LoadKeys(ctx); err != nil {
		return text{}, err
	}
	sealer := service.NewSealer(d, cfg.retention().Passages)
	chain, err := sealer.Verify(ctx, nil)
	if err != nil {
		return text{}, err
	}
	if chain.Break != nil {
		return text{}, broken(chain.Break)
	}
	anchors, err := verifyAnchors(ctx, service.NewAnchors(d, sealer), o)
	if err != nil {
		return text{}, err
	}
	if anchors.Break != nil {
		return text{}, broken(anchors.Break)
	}
	if err := falseGrants(s.View(ctx)); err != nil {
		return text{}, err
	}
	return text{zh: fmt.Sprintf("审计链完整：%d 环，%d 条通行记录，末环 %x；锚点 %d 个（另存 %d 个），最后一天 %s。", chain.Links, chain.Passages, chain.Head, anchors.Anchors, anchors.Copies, anchors.LastDay),
		en: fmt.Sprintf("The audit chain is whole: %d links, %d passages, head %x; %d anchors (%d copies), the last of %s.", chain.Links, chain.Passages, chain.Head, anchors.Anchors, anchors.Copies, anchors.LastDay)}, nil
}

func verifyAnchors(ctx context.Context, anchors *service.Anchors, o verifyOptions) (service.AnchorsReport, error) {
	keys, err := anchors.Keys(ctx)
	if err != nil {
		return service.AnchorsReport{}, err
	}
	if o.jwks != "" {
		kept, err := os.ReadFile(o.jwks)
		if err == nil {
			keys, err = anchor.KeysOf(kept)
		}
		if err != nil {
			return service.AnchorsReport{}, fail("不能读取 "+o.jwks+"。", "Cannot read "+o.jwks+".", err)
		}
	}
	var copies []model.Anchor
	if o.anchors != "" {
		kept, err := os.ReadFile(o.anchors)
		if err == nil {
			copies, err = anchor.Read(kept)
		}
		if err != nil {
			return service.AnchorsReport{}, fail("不能读取 "+o.anchors+"。", "Cannot read "+o.anchors+".", err)
		}
	}
	return anchors.Verify(ctx, keys, copies, o.from)
}

// broken is the sentence of a break: the day, the first bad link, and what it is.
func broken(b *service.Break) error {
	said, ok := breakSentences[b.What]
	if !ok {
		said = text{zh: "有记录被改动", en: "a record was altered"}
	}
	return fail(fmt.Sprintf("审计链断裂：%s，第 %d 环，%s（%s，%s %s）。请保留现场并与备份核对。", b.Day, b.Seq, said.zh, b.What, b.Kind, b.ID),
		fmt.Sprintf("The audit chain is broken: on %s, at link %d, %s (%s, %s %s). Keep everything as it is and compare with a backup.", b.Day, b.Seq, said.en, b.What, b.Kind, b.ID))
}

var breakSentences = map[string]text{
	service.BreakLinkMissing:     {zh: "缺少一环", en: "a link is missing"},
	service.BreakLinkAltered:     {zh: "一环被改动", en: "a link was altered"},
	service.BreakEntryMissing:    {zh: "有记录被删除", en: "a record was removed"},
	service.BreakEntryAltered:    {zh: "有记录被改动", en: "a record was altered"},
	service.BreakEntryUnlinked:   {zh: "有记录不在链上（插入，或链尾被截断）", en: "a record is not in the chain (slipped in, or the end was cut off)"},
	service.BreakPassagesMissing: {zh: "有通行记录被删除", en: "passages were removed"},
	service.BreakPassagesAltered: {zh: "有通行记录被改动", en: "passages were altered"},
	service.BreakPassageAdded:    {zh: "有通行记录被插入", en: "a passage was slipped in"},
	service.BreakAnchorMissing:   {zh: "这一天没有锚点", en: "the day has no anchor"},
	service.BreakAnchorForged:    {zh: "锚点签名不对", en: "the anchor's signature is wrong"},
	service.BreakAnchorAltered:   {zh: "锚点与另存的或与链不符", en: "the anchor differs from its copy or from the chain"},
	service.BreakAnchorDetached:  {zh: "锚点不接在前一天之后", en: "the anchor does not extend the day before"},
	service.BreakChainCut:        {zh: "链在锚点之前被截断或改写", en: "the chain was cut off or made anew before the anchor"},
}

// falseGrants fails when a role was given behind the program's back.
func falseGrants(tx *store.Tx) error {
	found, err := tx.FalseGrants(1)
	if err != nil || len(found) == 0 {
		return err
	}
	g := found[0]
	return fail(fmt.Sprintf("账号 %s 的角色 %s 不是由系统授予的（校验码不对），不起作用。", g.StaffID, g.Role),
		fmt.Sprintf("The role %s of account %s was not given by the system (its seal is wrong) and has no effect.", g.Role, g.StaffID))
}
