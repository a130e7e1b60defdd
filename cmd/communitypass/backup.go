package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"communitypass.cn/communitypass/model"

	"github.com/spf13/cobra"
)

func (p *program) backupCommand() *cobra.Command {
	return &cobra.Command{Use: "backup FILE", Short: "Write an encrypted copy of the SQLite database 加密备份", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.backup(c.Context(), args[0]) }}
}

func (p *program) restoreCommand() *cobra.Command {
	return &cobra.Command{Use: "restore FILE", Short: "Put an encrypted copy back where no database is 恢复备份", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.restore(args[0]) }}
}

// sqliteOnly refuses databases that have tools of their own.
func sqliteOnly(cfg *Config) error {
	if cfg.onMySQL() {
		return fail("backup 和 restore 只用于 SQLite；MySQL 请用 mysqldump，见 docs/operations.zh.md。",
			"backup and restore are for SQLite; for MySQL use mysqldump, see docs/operations.md.")
	}
	return nil
}

// backup seals a consistent copy under the master key. The server may run
// meanwhile. A file that is there already is not replaced.
func (p *program) backup(ctx context.Context, path string) (err error) {
	cfg, err := readConfig(p.environ, needMaster)
	if err != nil {
		return err
	}
	if err := sqliteOnly(cfg); err != nil {
		return err
	}
	if _, err := os.Stat(cfg.DSN()); err != nil {
		return fail("数据库文件不存在。", "The database file does not exist.", err)
	}
	s, err := openStore(ctx, cfg, model.SystemClock{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	// The copy in between lies beside the database, where no others may read.
	folder, err := os.MkdirTemp(filepath.Dir(cfg.DSN()), "backup-")
	if err != nil {
		return fail("不能写入数据目录。", "The data folder cannot be written to.", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	plain := filepath.Join(folder, "copy.db")
	if err := s.CopyTo(ctx, plain); err != nil {
		return explain(err)
	}
	if err := rewritten(plain, path, cfg.master.SealStream); err != nil {
		return fail("备份没有写成。", "The backup was not written.", err)
	}
	fmt.Fprintln(p.out, text{zh: "备份已写入 " + path + "。恢复时需要同一把主密钥。", en: "The backup is in " + path + ". To restore it takes the same master key."}.in(p.language))
	return nil
}

// restore opens a backup into the place of a database that is not there. serve then
// deletes again whoever was deleted since, by tombstones.log.
func (p *program) restore(path string) error {
	cfg, err := readConfig(p.environ, needMaster)
	if err != nil {
		return err
	}
	if err := sqliteOnly(cfg); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if _, err := os.Stat(cfg.DSN() + suffix); !errors.Is(err, fs.ErrNotExist) {
			return fail("数据库文件已存在；请先移走它（连同 -wal 和 -shm）。", "There is a database already; move it away first, with its -wal and -shm.", err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(cfg.DSN()), 0o700); err != nil {
		return fail("不能写入数据目录。", "The data folder cannot be written to.", err)
	}
	if err := rewritten(path, cfg.DSN(), cfg.master.OpenStream); err != nil {
		return fail("备份打不开：主密钥不对，或文件已损坏。", "The backup does not open: another master key, or a damaged file.", err)
	}
	fmt.Fprintln(p.out, text{zh: "已恢复。接着运行 communitypass migrate 和 doctor。", en: "Restored. Now run communitypass migrate and doctor."}.in(p.language))
	return nil
}

// rewritten passes a file through change into a new one, which is there either
// whole and on the disk, or not at all.
func rewritten(from, to string, change func(io.Writer, io.Reader) error) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	part := to + ".part"
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = change(out, in)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Link(part, to) // unlike a rename, it replaces nothing
	}
	return errors.Join(err, os.Remove(part))
}
