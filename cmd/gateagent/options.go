package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
)

// options are the flags of all commands; each command takes the ones it needs.
type options struct {
	data, server, ca, code, name string
	listen, edge, guard          string
	serveEdge, retry             bool
	readers, relays              list
	ask                          time.Duration
}

// list is a flag that may be given more than once, or once with commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			*l = append(*l, part)
		}
	}
	return nil
}

// parse reads flags, and the environment for those that are not given.
func (p *program) parse(command string, args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet(command, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	host, _ := os.Hostname()
	f.StringVar(&o.data, "data", "", "")
	f.StringVar(&o.server, "server", "", "")
	f.StringVar(&o.ca, "ca", "", "")
	f.StringVar(&o.code, "code", "", "")
	f.StringVar(&o.name, "name", host, "")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8480", "")
	f.StringVar(&o.edge, "edge", "", "")
	f.StringVar(&o.guard, "guard", "", "")
	f.BoolVar(&o.serveEdge, "serve-edge", false, "")
	f.BoolVar(&o.retry, "retry", false, "")
	f.Var(&o.readers, "reader", "")
	f.Var(&o.relays, "relay", "")
	f.DurationVar(&o.ask, "ask", agent.DefaultAsk, "")
	if err := f.Parse(args); err != nil {
		return nil, &usage{text{"参数有误：" + err.Error(), "Wrong flags: " + err.Error()}}
	}
	if f.NArg() > 0 {
		return nil, &usage{text{"多余的参数：" + f.Arg(0), "One argument too many: " + f.Arg(0)}}
	}
	given := map[string]bool{}
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	var bad error
	f.VisitAll(func(g *flag.Flag) {
		name := "GATEAGENT_" + strings.ToUpper(strings.ReplaceAll(g.Name, "-", "_"))
		if v := p.environ(name); v != "" && !given[g.Name] && bad == nil {
			if err := f.Set(g.Name, v); err != nil {
				bad = &usage{text{name + " 有误", name + " cannot be read"}}
			}
		}
	})
	if bad == nil && (o.ask < 50*time.Millisecond || o.ask > 10*time.Second) {
		bad = &usage{text{"--ask 须在 50ms 到 10s 之间", "--ask must be between 50ms and 10s"}}
	}
	if bad == nil && o.guard != "" && (len(o.guard) < agent.LeastToken || url.PathEscape(o.guard) != o.guard) {
		bad = &usage{because("--guard 有误", "--guard: ", fmt.Errorf("needs an unguessable token of at least %d letters and digits", agent.LeastToken))}
	}
	return o, bad
}

// home opens the data folder.
func (o *options) home() (*agent.Home, error) {
	if o.data == "" {
		return nil, &usage{text{"请用 --data 给出数据目录", "Name the data folder with --data"}}
	}
	h, err := agent.OpenHome(o.data)
	if err != nil {
		return nil, said("数据目录用不了", "The data folder cannot be used.", err)
	}
	return h, nil
}

// caller makes the server's side of an address.
func (o *options) caller(address string) (*agent.Server, error) {
	if address == "" {
		return nil, &usage{text{"请用 --server 给出平台地址", "Name the server with --server"}}
	}
	var roots []byte
	if o.ca != "" {
		var err error
		if roots, err = os.ReadFile(o.ca); err != nil {
			return nil, said("读不到 --ca 的证书文件", "The file of --ca cannot be read.", err)
		}
	}
	s, err := agent.NewServer(address, "", roots, model.SystemClock{})
	if err != nil {
		return nil, said("平台地址不可用：须为 https（本机可用 http）", "The address of the server cannot be used.", err)
	}
	return s, nil
}

// doors are the relays by direction; one without a direction is for both.
func (o *options) doors() (map[string]agent.Door, error) {
	out := map[string]agent.Door{}
	for _, text := range o.relays {
		ways := []string{"in", "out"}
		if way, rest, ok := strings.Cut(text, "="); ok && (way == "in" || way == "out") {
			ways, text = []string{way}, rest
		}
		d, err := agent.NewDoor(text)
		if err != nil {
			return nil, &usage{because("--relay 有误", "--relay: ", err)}
		}
		for _, way := range ways {
			out[way] = d
		}
	}
	return out, nil
}

func because(zh, en string, err error) text { return text{zh, en + err.Error()} }

// readerOf takes "in=stdin", "out=tty:/dev/ttyS0" or "in=vguang:TOKEN" apart.
func readerOf(text string) (way, kind, address string, err error) {
	way, rest, ok := strings.Cut(text, "=")
	if !ok {
		return "", "", "", errors.New("a reader is DIRECTION=KIND[:ADDRESS], such as in=stdin")
	}
	if _, err := agent.ParseDirection(way); err != nil {
		return "", "", "", err
	}
	kind, address, _ = strings.Cut(rest, ":")
	switch kind {
	case "stdin":
	case "tty":
		if address == "" {
			err = errors.New("tty: names no file")
		}
	case "vguang", "vguang-hex":
		if len(address) < agent.LeastToken {
			err = fmt.Errorf("%s: needs an unguessable token of at least %d characters", kind, agent.LeastToken)
		}
	default:
		err = errors.New("a reader is stdin, tty:FILE, vguang:TOKEN or vguang-hex:TOKEN")
	}
	return way, kind, address, err
}
