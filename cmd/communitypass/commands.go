package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// commands is the command line, one line a command.
func (p *program) commands() *cobra.Command {
	root := &cobra.Command{
		Use:           "communitypass",
		Short:         "CommunityPass 社区通行: may this person pass here now, and who must be told",
		Long:          "CommunityPass 社区通行\n\nConfigured by COMMUNITYPASS_… variables, see communitypass.env.sample and docs/operations.md.\n由 COMMUNITYPASS_… 环境变量配置，见 communitypass.env.sample 和 docs/operations.zh.md。",
		SilenceErrors: true, SilenceUsage: true,
		RunE: needsSubcommand,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		p.serveCommand(),
		p.demoCommand(),
		p.migrateCommand(),
		p.doctorCommand(),
		p.backupCommand(),
		p.restoreCommand(),
		p.verifyCommand(),
		p.verifyCertificateCommand(),
		p.healthCommand(),
		p.versionCommand(),
	)
	if p.openKeys != nil {
		root.AddCommand(p.keysCommand())
	}
	return root
}

// needsSubcommand refuses a command that only groups others.
func needsSubcommand(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return errors.New("unknown command " + c.CommandPath() + " " + args[0])
	}
	return errors.New("a command is missing after " + c.CommandPath())
}
