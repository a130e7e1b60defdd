package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/simulator"
)

// played is one visible run of the journey that everything hangs on.
type played struct {
	d       *demo
	ctx     context.Context
	r       demoReport
	phone   *simulator.Phone
	gate    *simulator.Gate
	pass    string
	code    string
	image   []byte
	passage string
}

// play shows the main journey once over HTTP, as a phone and a gate see it. A
// step that ends otherwise than it should is an error: the demo never pretends.
func (d *demo) play(ctx context.Context, r demoReport) error {
	p := &played{d: d, ctx: ctx, r: r, phone: simulator.NewPhone(r.BaseURL, simulator.Options{Clock: d.clock}),
		gate: simulator.NewGate(r.BaseURL, simulator.Options{Clock: d.clock})}
	// A run soon after another begins where that one ended: its codes are used up.
	if left := d.memory.Until.Sub(d.clock.Now()); left > 0 {
		d.clock.Advance(left)
	}
	p.gate.Resume(wire.Enrolled{DeviceToken: r.Gates[0].DeviceToken})
	fmt.Fprintln(d.out, "The journey, once 完整走一遍:")
	for i, step := range []func() (string, error){p.signIn, p.claim, p.show, p.admit, p.forwarded, p.again, p.screenshot, p.tampered, p.unplugged} {
		said, err := step()
		if ctx.Err() != nil {
			return nil // stopped in the middle
		}
		if err != nil {
			return fail(fmt.Sprintf("演示第 %d 步没有成功。", i+1), fmt.Sprintf("Step %d of the demo did not succeed.", i+1), err)
		}
		fmt.Fprintf(d.out, "  %d. %s\n", i+1, said)
	}
	d.memory.Until = d.clock.Now().Add(passcode.StepSeconds * time.Second)
	return d.remember()
}

func (p *played) signIn() (string, error) {
	s, err := p.phone.SignIn(p.ctx, p.r.Unclaimed.WechatCode)
	return fmt.Sprintf("WeChat sign-in 微信登录 → person %s, registered %v", s.Person.Id, s.Person.Registered), err
}

func (p *played) claim() (string, error) {
	me, err := p.phone.Me(p.ctx)
	if err != nil {
		return "", err
	}
	if len(me.Residencies) == 0 {
		if _, err := p.phone.SetPhone(p.ctx, p.r.Unclaimed.PhoneCode); err != nil {
			return "", err
		}
		u := p.r.Unclaimed
		r, err := p.phone.Claim(p.ctx, wire.ResidencyClaim{CommunityId: u.CommunityID, Building: u.Building, Unit: u.Unit, Room: u.Room,
			Name: u.Name, Relation: wire.Relation(u.Relation)})
		if err != nil {
			return "", err
		}
		me.Residencies = append(me.Residencies, r)
	}
	r := me.Residencies[0]
	if r.Status != wire.ResidencyStatusActive {
		return "", fmt.Errorf("the residency is %s", r.Status)
	}
	return fmt.Sprintf("household claimed, matched with the roster 认领住户，与名册相符 → %s %s-%s-%s: %s", r.NameMasked, r.Building, r.Unit, r.Room, r.Status), nil
}

func (p *played) show() (string, error) {
	passes, err := p.phone.Passes(p.ctx)
	if err != nil {
		return "", err
	}
	p.pass = passes[0].Id
	if p.image, err = p.phone.QR(p.ctx, p.pass); err != nil {
		return "", err
	}
	if p.code, err = simulator.ReadQR(p.image); err != nil {
		return "", err
	}
	return fmt.Sprintf("pass code read off its QR image 从二维码图片读出通行码 → %.24s… (%d characters, %d bytes of PNG)", p.code, len(p.code), len(p.image)), nil
}

// scan shows a code to the gate and insists on what comes of it.
func (p *played) scan(what, code, reason string) (string, error) {
	a, err := p.gate.Scan(p.ctx, code, wire.DirectionIn, 0)
	if err != nil {
		return "", err
	}
	if a.Reason != reason {
		return "", fmt.Errorf("the gate said %s (%s)", a.Decision, a.Reason)
	}
	p.passage = a.PassageId
	return fmt.Sprintf("%s → %s (%s) %s %s", what, a.Decision, a.Reason, a.Message, a.Display.NameMasked), nil
}

func (p *played) admit() (string, error) {
	said, err := p.scan("shown at the east gate 在东门出示", p.code, "ok")
	if err != nil {
		return "", err
	}
	if _, err := p.gate.Outcome(p.ctx, p.passage, wire.OutcomeRequestOutcomePassed); err != nil {
		return "", err
	}
	return said + ", passage 通行记录 " + p.passage, nil
}

func (p *played) forwarded() (string, error) {
	e, ok := p.d.outside.propertyReceived(p.ctx, p.passage)
	if !ok {
		return "", fmt.Errorf("the property system has not received the passage")
	}
	if !e.Verified || !e.SM2Verified {
		return "", fmt.Errorf("the property system could not verify the event")
	}
	return fmt.Sprintf("forwarded to the property system 转发物业系统 → event %s, sequence %d, HMAC verified, SM2 verified 验签通过", e.ID, e.Sequence), nil
}

func (p *played) again() (string, error) {
	return p.scan("the same code again 同一个码再次出示", p.code, "used")
}

func (p *played) screenshot() (string, error) {
	codes, err := p.phone.Codes(p.ctx, p.pass, 1)
	if err != nil {
		return "", err
	}
	p.d.clock.Advance(61 * time.Second)
	said, err := p.scan("the screenshot, 61 s later 61 秒后的截图", codes.Codes[0].Code, "expired")
	return said + "  (clock moved 拨快时钟)", err
}

func (p *played) tampered() (string, error) {
	codes, err := p.phone.Codes(p.ctx, p.pass, 1)
	if err != nil {
		return "", err
	}
	code := []byte(codes.Codes[0].Code)
	// A digit of the signature, replaced by another of the alphabet.
	if code[60] == '7' {
		code[60] = '8'
	} else {
		code[60] = '7'
	}
	return p.scan("a tampered code 被篡改的码", string(code), "bad_signature")
}

// unplugged shows a gate that decides alone, and that the server has all of it after.
func (p *played) unplugged() (string, error) {
	g, err := p.d.openGate(p.ctx)
	if err != nil {
		return "", err
	}
	resident := p.r.People[simulator.OuyangXiaoyan]
	phone := simulator.NewPhone(p.r.BaseURL, simulator.Options{Clock: p.d.clock})
	if _, err := phone.SignIn(p.ctx, resident.WechatCode); err != nil {
		return "", err
	}
	codes, err := phone.Codes(p.ctx, resident.PassID, 1)
	if err != nil {
		return "", err
	}
	if err := g.unplug(); err != nil {
		return "", err
	}
	said, err := p.alone(g, codes.Codes[0].Code)
	cut, back := p.d.plugIn(p.ctx, g)
	if err := errors.Join(err, back); err != nil {
		return "", err
	}
	if cut.Recorded != 2 || cut.Lost != 0 {
		return "", fmt.Errorf("the server has not what the gate decided: %s", cut)
	}
	return fmt.Sprintf("%s unplugged 拔掉网线 → %s; plugged in 插回: %s", g.Name, said, cut), nil
}

// alone shows a code twice at a gate that has noticed that it is alone.
func (p *played) alone(g *agentGate, code string) (string, error) {
	if err := g.noticed(p.ctx); err != nil {
		return "", err
	}
	var said []string
	for _, want := range []admission.Reason{admission.ReasonOK, admission.ReasonUsed} {
		a := g.show(p.ctx, code)
		if a.Online || a.Reason != want {
			return "", fmt.Errorf("the gate said %s (%s), online %t", a.Outcome, a.Reason, a.Online)
		}
		said = append(said, fmt.Sprintf("offline 离线判定 %s (%s) %s", a.Outcome, a.Reason, a.Message))
	}
	return strings.Join(said, ", "), nil
}

// farewell says that the server goes on.
func (d *demo) farewell() error {
	_, err := fmt.Fprintf(d.out, "\nServing until stopped (Ctrl-C) 服务运行中，按 Ctrl-C 停止: %s  at %s\n", d.baseURL, model.FromMillis(d.clock.Now().UnixMilli()).Format(time.RFC3339))
	return err
}
