package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
)

// run is the gate, until the context ends.
func (p *program) run(ctx context.Context, args []string) error {
	o, err := p.parse("run", args)
	if err != nil {
		return err
	}
	lanes, local, err := o.lanes(p.out)
	if err != nil {
		return err
	}
	h, err := o.home()
	if err != nil {
		return err
	}
	release, err := h.Lock()
	if err != nil {
		return said("另一个门禁代理正在使用这个数据目录", "Another agent uses this data folder.", err)
	}
	defer release()
	log := slog.New(slog.NewJSONHandler(p.err, nil))
	a, err := p.open(ctx, h, o, lanes, log)
	if err != nil {
		return err
	}
	defer a.Close()
	return p.work(ctx, a, o, lanes, local, log)
}

// lane is a reader that sends lines.
type lane struct {
	*agent.Lane
	kind, address string
}

// lanes makes readers and doors of the flags, and what is answered on the agent's own
// address.
func (o *options) lanes(screen io.Writer) ([]lane, agent.LocalOptions, error) {
	local := agent.LocalOptions{Edge: o.serveEdge}
	doors, err := o.doors()
	if err != nil {
		return nil, local, err
	}
	screen = &lockedWriter{to: screen}
	if o.guard != "" {
		local.Guard = agent.NewGuardDesk(o.guard, doors["in"], doors["out"], screen)
	}
	var lines []lane
	for _, text := range o.readers {
		way, kind, address, err := readerOf(text)
		if err != nil {
			return nil, local, &usage{because("--reader 有误", "--reader: ", err)}
		}
		direction, err := agent.ParseDirection(way)
		if err != nil {
			return nil, local, err
		}
		l := &agent.Lane{Direction: direction, Door: doors[way], Screen: screen}
		if kind == "vguang" || kind == "vguang-hex" {
			local.Readers = append(local.Readers, agent.PostReader{Token: address, Dialect: agent.VGuang(kind == "vguang-hex"), Lane: l})
			continue
		}
		lines = append(lines, lane{l, kind, address})
	}
	if len(lines)+len(local.Readers) == 0 && local.Guard == nil {
		return nil, local, &usage{text{"请用 --reader 给出读码器，例如 in=stdin", "Name a reader with --reader, such as in=stdin"}}
	}
	return lines, local, nil
}

func (l *lane) open(in io.ReadCloser) (func() (io.ReadCloser, error), bool) {
	if l.kind == "stdin" {
		return func() (io.ReadCloser, error) { return in, nil }, true
	}
	return agent.OpenFile(l.address), false
}

// open makes the agent. A device that is not enrolled waits for an enrolment code at
// its first reader: whoever installs it scans the code from a screen.
func (p *program) open(ctx context.Context, h *agent.Home, o *options, lanes []lane, log *slog.Logger) (*agent.Agent, error) {
	id, err := h.Identity()
	switch {
	case errors.Is(err, agent.ErrNotEnrolled):
		if id, err = p.enrolAtReader(ctx, h, o, lanes, log); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, said("数据目录用不了", "The data folder cannot be used.", err)
	}
	address := id.Server
	if o.server != "" {
		address = o.server
	}
	s, err := o.caller(address)
	if err != nil {
		return nil, err
	}
	var edge *agent.Edge
	if o.edge != "" {
		if edge, err = agent.NewEdge(o.edge); err != nil {
			return nil, &usage{because("--edge 有误", "--edge: ", err)}
		}
	}
	a, err := agent.Open(agent.Options{Home: h, Server: s, Clock: model.SystemClock{}, Log: log, Software: "gateagent/" + release, Ask: o.ask, Edge: edge})
	if err != nil {
		return nil, said("数据目录用不了", "The data folder cannot be used.", err)
	}
	return a, nil
}

func (p *program) enrolAtReader(ctx context.Context, h *agent.Home, o *options, lanes []lane, log *slog.Logger) (agent.Identity, error) {
	s, err := o.caller(o.server)
	if err != nil {
		return agent.Identity{}, err
	}
	if len(lanes) == 0 {
		return agent.Identity{}, said("尚未登记，请先运行 gateagent enrol", "Not enrolled: run gateagent enrol first.", nil)
	}
	log.Info("not enrolled: waiting for an enrolment code at the reader 尚未登记，请在读码器上扫描登记码")
	open, _ := lanes[0].open(p.in)
	f, err := open()
	if err != nil {
		return agent.Identity{}, said("读码器打不开", "The reader cannot be opened.", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = f.Close() })
	defer stop()
	var id agent.Identity
	err = eachLineUntil(f, func(line string) bool {
		if !agent.LooksLikeEnrolment(line) {
			return false
		}
		o.code = line
		var failed error
		if id, failed = p.enrolWith(ctx, h, s, o); failed != nil {
			log.Error("not enrolled 登记没有成功", "err", failed)
		}
		return failed == nil
	})
	if lanes[0].kind != "stdin" {
		_ = f.Close()
	}
	if id.DeviceID == "" {
		return id, said("尚未登记", "Not enrolled.", err)
	}
	return id, nil
}

// eachLineUntil reads byte by byte, so that what follows the last line is left for the
// gate.
func eachLineUntil(f io.Reader, done func(string) bool) error {
	var line []byte
	b := make([]byte, 1)
	for {
		if _, err := io.ReadFull(f, b); err != nil {
			return err
		}
		if b[0] != '\n' && b[0] != '\r' {
			if line = append(line, b[0]); len(line) > 1024 {
				line = line[:0]
			}
			continue
		}
		if done(string(line)) {
			return nil
		}
		line = line[:0]
	}
}

// work runs the parts and waits for all of them.
func (p *program) work(ctx context.Context, a *agent.Agent, o *options, lanes []lane, local agent.LocalOptions, log *slog.Logger) error {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return said("--listen 的地址用不了", "The address of --listen cannot be used.", err)
	}
	server := &http.Server{Handler: a.Local(local), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 20 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	here := "http://" + listener.Addr().String()
	log.Info("the gate is ready 门禁已就绪", "status", here+"/status")
	if local.Guard != nil {
		log.Info("the guard's page 保安页，TOKEN 即 --guard", "guard", here+"/guard/TOKEN")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() { a.KeepInSync(ctx) })
	all.Go(func() { a.KeepListening(ctx) })
	for _, l := range lanes {
		open, once := l.open(p.in)
		// A read of standard input cannot be interrupted everywhere: it ends with the process.
		if once {
			go a.Watch(ctx, l.Lane, open, once)
		} else {
			all.Go(func() { a.Watch(ctx, l.Lane, open, once) })
		}
	}
	all.Go(func() {
		<-ctx.Done()
		stopping, stop := context.WithTimeout(context.Background(), 3*time.Second)
		defer stop()
		_ = server.Shutdown(stopping)
	})
	err = server.Serve(listener)
	cancel()
	all.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// lockedWriter keeps the lines of several readers apart.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}
