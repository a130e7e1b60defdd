package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"communitypass.cn/communitypass/conformance"
	"communitypass.cn/communitypass/model"

	"github.com/spf13/cobra"
)

var errUnhappy = errors.New("some devices were not answered as they expect 有设备未得到期望的应答")

func deviceCommand(out io.Writer) *cobra.Command {
	var kinds []string
	var program, database, demo string
	var t conformance.Target
	o := conformance.LiveOptions{Clock: model.SystemClock{}, Out: out}
	c := &cobra.Command{Use: "device", Args: cobra.NoArgs,
		Short: "Play devices: they register, keep in touch, ask, tell, take orders 模拟设备：注册、心跳、上报、应答指令",
		Long: `Play devices against a server over their own protocols, until Ctrl-C or --for is over.
Name the server by its addresses and a token of property staff, or by --demo with what a running
"communitypass demo --json" printed; with neither a demo is started for the time.
Each device is made known by the API and revoked at the end.
在真实协议上模拟设备，直到 Ctrl-C 或到 --for 的时间。设备通过接口登记，结束时吊销。

Kinds 类型: ` + strings.Join(conformance.Kinds(), " "),
		RunE: func(c *cobra.Command, _ []string) error {
			o.Kinds, o.Target = kinds, t
			if len(kinds) == 1 && kinds[0] == "all" {
				o.Kinds = nil
			}
			if t.URL == "" {
				target, stop, err := targetOf(c.Context(), program, database, demo)
				if err != nil {
					return err
				}
				defer stop()
				o.Target = target
			}
			tally, err := conformance.Live(c.Context(), o)
			if err != nil {
				return err
			}
			if tally.LeftOut > 0 {
				fmt.Fprintf(out, "left out: %d\n", tally.LeftOut)
			}
			fmt.Fprintf(out, "%d passed, %d failed\n", tally.Passed, tally.Failed)
			if tally.Failed > 0 {
				return errUnhappy
			}
			return nil
		}}
	f := c.Flags()
	f.StringSliceVar(&kinds, "kind", []string{"all"}, "which, with commas between, or all 类型")
	f.DurationVar(&o.For, "for", 0, "for how long; each does everything once in any case; 0 is until Ctrl-C 时长")
	f.DurationVar(&o.Every, "every", 5*time.Second, "pause between two rounds 间隔")
	f.StringVar(&t.URL, "server", "", "address of the API, http://… 服务器")
	f.StringVar(&t.Token, "token", "", "access token of property staff of the community 物业令牌")
	f.StringVar(&t.CommunityID, "community", "", "id of the community 小区")
	f.StringVar(&t.GateID, "gate", "", "id of the gate where the devices stand 门")
	f.StringVar(&t.DeviceURL, "device-server", "", "address that devices call by HTTP 设备端口")
	f.StringVar(&t.MQTTURL, "mqtt", "", "broker, mqtt://host:port")
	f.StringVar(&t.SIAAddress, "sia", "", "host:port for alarm panels 报警主机端口")
	f.StringVar(&t.SIPAddress, "sip", "", "host:port for video devices 国标端口")
	f.StringVar(&t.SIPID, "sip-id", "", "the server's own code, 20 digits 国标编码")
	f.StringSliceVar(&t.Residents, "resident", nil, "access tokens of residents who call lifts 住户令牌")
	f.StringVar(&t.Building, "building", "", "where they live 楼栋")
	f.StringVar(&program, "program", "bin/communitypass", "the server's program, when a demo is started 服务端程序")
	f.StringVar(&database, "database", "", "mysql://user:password@host:3306/name for that demo; a file when empty 数据库")
	f.StringVar(&demo, "demo", "", "what a running demo --json printed, in a file 已运行的演示服务的输出")
	return c
}
