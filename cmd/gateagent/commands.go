package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
)

// enrol spends a code that was typed, or is read from standard input.
func (p *program) enrol(ctx context.Context, args []string) error {
	o, err := p.parse("enrol", args)
	if err != nil {
		return err
	}
	h, err := o.home()
	if err != nil {
		return err
	}
	s, err := o.caller(o.server)
	if err != nil {
		return err
	}
	if o.code == "" {
		fmt.Fprintln(p.err, p.spokenIn(text{"请扫描或输入登记码，回车结束：", "Scan or type the enrolment code:"}))
		line, err := bufio.NewReader(io.LimitReader(p.in, 1024)).ReadString('\n')
		if err != nil && line == "" {
			return said("没有读到登记码", "No enrolment code was read.", err)
		}
		o.code = strings.TrimSpace(line)
	}
	id, err := p.enrolWith(ctx, h, s, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(p.out).Encode(map[string]string{"device_id": id.DeviceID, "gate_id": id.GateID, "gate": id.GateName})
}

func (p *program) enrolWith(ctx context.Context, h *agent.Home, s *agent.Server, o *options) (agent.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	id, err := agent.Enrol(ctx, h, s, o.code, o.name)
	var refused *agent.Refused
	switch {
	case err == nil:
		return id, nil
	case errors.As(err, &refused) && refused.Code == model.CodeEnrolmentInvalid:
		return id, said("登记码无效、已用过或已过期，请物业重新生成", "The enrolment code is wrong, used or too old: ask for another.", err)
	case errors.Is(err, agent.ErrUnreachable):
		return id, said("联系不上平台", "The server cannot be reached.", err)
	}
	return id, said("登记没有成功", "The device was not enrolled.", err)
}

// status asks the agent that runs on this machine.
func (p *program) status(ctx context.Context, args []string) error {
	o, err := p.parse("status", args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+o.listen+"/status", nil)
	if err != nil {
		return &usage{text{"--listen 有误", "--listen is no address"}}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return said("本机没有门禁代理在运行", "No agent runs at this address.", err)
	}
	defer answer.Body.Close()
	_, err = io.Copy(p.out, io.LimitReader(answer.Body, 1<<20))
	return err
}

// letters lists the records that the server does not take; with --retry they are
// uploaded once more by the next run. The agent must not be running meanwhile.
func (p *program) letters(args []string) error {
	o, err := p.parse("letters", args)
	if err != nil {
		return err
	}
	h, err := o.home()
	if err != nil {
		return err
	}
	release, err := h.Lock()
	if err != nil {
		return said("门禁代理正在运行，请先停止", "The agent is running: stop it first.", err)
	}
	defer release()
	j, err := h.OpenJournal(model.SystemClock{})
	if err != nil {
		return said("记录打不开", "The journal cannot be opened.", err)
	}
	defer j.Close()
	all, err := j.Letters(10_000)
	if err != nil {
		return err
	}
	out := json.NewEncoder(p.out)
	var again []agent.Settled
	for _, l := range all {
		if err := out.Encode(l); err != nil {
			return err
		}
		again = append(again, agent.Settled{Number: l.Number})
	}
	if o.retry {
		return j.Settle(again)
	}
	return nil
}
