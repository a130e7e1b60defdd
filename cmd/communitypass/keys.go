package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/spf13/cobra"
)

// keyRing is service.KeyRing as the keys command needs it. Errors: not_found,
// state_changed, conflict, invalid.
type keyRing interface {
	// EnsureFirst makes and activates what the platform lacks to start, and gives
	// what it made.
	EnsureFirst(ctx context.Context) ([]model.Key, error)
	// Create makes the next key of a purpose; community is set for pass keys only.
	Create(ctx context.Context, purpose model.KeyPurpose, communityID string) (model.Key, error)
	// LeftOut are the gate devices that do not hold a next key yet.
	LeftOut(ctx context.Context, id string) ([]string, error)
	// Activate refuses a pass or platform key that gates lack, unless forced.
	Activate(ctx context.Context, id string, force bool) (model.Key, error)
	// Retire refuses a key that is still needed, unless forced.
	Retire(ctx context.Context, id string, force bool) (model.Key, error)
	List(ctx context.Context) ([]model.Key, error)
}

// openKeys opens the ring of the database that the configuration names, and gives
// what closes it again.
type openKeys func(ctx context.Context, cfg *Config) (keyRing, func() error, error)

func (p *program) keysCommand() *cobra.Command {
	keys := &cobra.Command{Use: "keys", Short: "Keys of the ring 密钥", RunE: needsSubcommand}
	keys.AddCommand(p.createKeyCommand(), p.activateKeyCommand(), p.retireKeyCommand(), p.listKeysCommand())
	return keys
}

func (p *program) createKeyCommand() *cobra.Command {
	var purpose, community string
	var first bool
	c := &cobra.Command{Use: "create", Short: "Make the next key of a purpose, or the first of each 创建密钥", Args: cobra.NoArgs}
	c.Flags().StringVar(&purpose, "purpose", "", "pass, data, session or platform 用途")
	c.Flags().StringVar(&community, "community", "", "id of the community, for pass keys 小区编号（通行码密钥）")
	c.Flags().BoolVar(&first, "first", false, "make and activate what a new server lacks 创建并启用首次启动所需的密钥")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if first == (purpose != "") || first && community != "" {
			return errors.New("give either --first or --purpose")
		}
		if (purpose == string(model.KeyPass)) != (community != "") {
			return errors.New("--community belongs to --purpose pass")
		}
		return p.withKeys(c.Context(), func(ctx context.Context, ring keyRing) ([]model.Key, error) {
			if first {
				return ring.EnsureFirst(ctx)
			}
			return single(ring.Create(ctx, model.KeyPurpose(purpose), community))
		})
	}
	return c
}

func (p *program) activateKeyCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{Use: "activate ID", Short: "Use a key for new work from now on 启用密钥", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withKeys(c.Context(), func(ctx context.Context, ring keyRing) ([]model.Key, error) {
				if force {
					left, err := ring.LeftOut(ctx, args[0])
					if err != nil {
						return nil, err
					}
					for _, id := range left {
						fmt.Fprintln(p.err, "left out: gate device 未取得新密钥的门禁设备", id)
					}
				}
				return single(ring.Activate(ctx, args[0], force))
			})
		}}
	c.Flags().BoolVar(&force, "force", false, "even when gates do not hold the key yet 即使有门尚未取得该密钥")
	return c
}

func (p *program) retireKeyCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{Use: "retire ID", Short: "Accept a key no longer 停用密钥", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withKeys(c.Context(), func(ctx context.Context, ring keyRing) ([]model.Key, error) {
				return single(ring.Retire(ctx, args[0], force))
			})
		}}
	c.Flags().BoolVar(&force, "force", false, "even when something still relies on it 即使仍在使用")
	return c
}

func (p *program) listKeysCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the keys, never their secrets 列出密钥", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withKeys(c.Context(), func(ctx context.Context, ring keyRing) ([]model.Key, error) { return ring.List(ctx) })
		}}
}

func single(k model.Key, err error) ([]model.Key, error) { return []model.Key{k}, err }

// withKeys opens the ring, acts, and shows the keys that came of it.
func (p *program) withKeys(ctx context.Context, act func(context.Context, keyRing) ([]model.Key, error)) error {
	cfg, err := readConfig(p.environ, needMaster)
	if err != nil {
		return err
	}
	ring, shut, err := p.openKeys(ctx, cfg)
	if err != nil {
		return err
	}
	keys, err := act(ctx, ring)
	if err := errors.Join(err, shut()); err != nil {
		return explain(err)
	}
	return printKeys(p.out, keys)
}

func printKeys(w io.Writer, keys []model.Key) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tPURPOSE\tCOMMUNITY\tNUMBER\tSTATE\tCREATED\tACTIVATED")
	for _, k := range keys {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", k.ID, k.Purpose, dash(k.CommunityID), k.Number, k.State, day(k.CreatedAt), day(k.ActivatedAt))
	}
	return table.Flush()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func day(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return model.FromMillis(ms).Format(time.DateOnly)
}
