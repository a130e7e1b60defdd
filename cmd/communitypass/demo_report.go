package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// demoReport is what the demo tells of itself, for scripts as one JSON object.
type demoReport struct {
	BaseURL     string                `json:"base_url"`
	PrivateURL  string                `json:"private_url"`
	Communities []demoPlace           `json:"communities"`
	People      map[string]demoPerson `json:"people"`
	Unclaimed   demoUnclaimed         `json:"unclaimed"`
	Gates       []demoGate            `json:"gates"`
	EntryCodes  []demoEntry           `json:"entry_codes"`
	ClockURL    string                `json:"clock_url"`
	DeviceURL   string                `json:"device_url"`
	MQTTURL     string                `json:"mqtt_url"`
	SIPAddress  string                `json:"sip_address"`
	SIPID       string                `json:"sip_id"`
	SIAAddress  string                `json:"sia_address"`
	Property    demoProperty          `json:"property"`
	Lift        demoLiftShown         `json:"lift"`
	Agent       demoAgentShown        `json:"agent"`
}

// demoAgentShown is the gate with the gate agent. Page is empty until it is opened.
type demoAgentShown struct {
	GateID    string `json:"gate_id"`
	Page      string `json:"page,omitempty"`
	UnplugURL string `json:"unplug_url"`
	ScansURL  string `json:"scans_url"`
}

// demoLiftShown is the lift that can be called.
type demoLiftShown struct {
	LiftID      string   `json:"lift_id"`
	CommunityID string   `json:"community_id"`
	Floors      []string `json:"floors"`
}

type demoPlace struct {
	CommunityID string `json:"community_id"`
	Name        string `json:"name"`
	CommitteeID string `json:"committee_id"`
	StreetID    string `json:"street_id"`
}

// demoPerson is a resident (WeChat, pass) or a member of staff (username, TOTP).
type demoPerson struct {
	PersonID     string    `json:"person_id,omitempty"`
	CommunityID  string    `json:"community_id,omitempty"`
	Role         string    `json:"role"`
	Scope        *demoArea `json:"scope,omitempty"`
	WechatCode   string    `json:"wechat_code,omitempty"`
	Username     string    `json:"username,omitempty"`
	Password     string    `json:"password,omitempty"`
	TOTPSecret   string    `json:"totp_secret,omitempty"`
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token"`
	PassID       string    `json:"pass_id,omitempty"`
}

type demoArea struct {
	Kind model.ScopeKind `json:"kind"`
	ID   string          `json:"id,omitempty"`
}

type demoUnclaimed struct {
	WechatCode  string `json:"wechat_code"`
	PhoneCode   string `json:"phone_code"`
	CommunityID string `json:"community_id"`
	Building    string `json:"building"`
	Unit        string `json:"unit"`
	Room        string `json:"room"`
	Name        string `json:"name"`
	Relation    string `json:"relation"`
}

type demoGate struct {
	GateID      string `json:"gate_id"`
	CommunityID string `json:"community_id"`
	Name        string `json:"name"`
	Direction   string `json:"direction"`
	Perimeter   string `json:"perimeter"`
	DeviceToken string `json:"device_token"`
}

type demoEntry struct {
	CommunityID string `json:"community_id"`
	GateID      string `json:"gate_id"`
	Code        string `json:"code"`
	URL         string `json:"url"`
}

type demoProperty struct {
	RecipientID string `json:"recipient_id"`
	ReceivedURL string `json:"received_url"`
	// CityURL is what the city's platform has got, HCURL what a system of HC has.
	CityURL string `json:"city_url"`
	HCURL   string `json:"hc_url"`
}

// report signs everybody in anew and gathers what there is.
func (d *demo) report(ctx context.Context) (demoReport, error) {
	r := demoReport{BaseURL: d.baseURL, PrivateURL: d.privateURL, ClockURL: d.privateURL + "/demo/clock", DeviceURL: d.deviceURL, MQTTURL: d.mqttURL,
		SIPAddress: d.sipAddress, SIPID: demoSIPID, SIAAddress: d.siaAddress,
		People: map[string]demoPerson{},
		Property: demoProperty{d.settled.RecipientID, d.outside.propertyURL + "/received",
			d.outside.propertyURL + "/city/received", d.outside.propertyURL + "/hc/received"},
		Lift:  demoLiftShown{d.memory.Lift.GroupID, d.settled.Communities[0].ID, demoFloors},
		Agent: demoAgentShown{GateID: d.settled.Communities[0].Gates[agentAt].ID, UnplugURL: d.privateURL + "/demo/unplug", ScansURL: d.privateURL + "/demo/scans"}}
	for _, c := range d.settled.Communities {
		r.Communities = append(r.Communities, demoPlace{c.ID, c.Name, d.settled.CommitteeID, d.settled.StreetID})
		for _, g := range c.Gates {
			r.Gates = append(r.Gates, demoGate{g.ID, c.ID, g.Name, g.Direction, g.Perimeter, g.DeviceToken})
			r.EntryCodes = append(r.EntryCodes, demoEntry{c.ID, g.ID, g.EntryCode, d.baseURL + "/e/" + g.EntryCode})
		}
	}
	if err := d.residents(ctx, &r); err != nil {
		return r, explain(err)
	}
	if err := d.staff(ctx, &r); err != nil {
		return r, explain(err)
	}
	newcomer, _ := d.world.Resident(simulator.TangJing)
	r.Unclaimed = demoUnclaimed{WechatCode: newcomer.LoginCode(), PhoneCode: newcomer.PhoneCode(), CommunityID: d.communityNamed(newcomer.Community.Name),
		Building: newcomer.Household.Building, Unit: newcomer.Household.Unit, Room: newcomer.Household.Room, Name: newcomer.Name, Relation: newcomer.Relation}
	return r, nil
}

func (d *demo) communityNamed(name string) string {
	i := slices.IndexFunc(d.settled.Communities, func(c simulator.SettledCommunity) bool { return c.Name == name })
	return d.settled.Communities[i].ID
}

func (d *demo) residents(ctx context.Context, r *demoReport) error {
	for _, p := range d.settled.Residents {
		session, err := d.house.Services.Sessions.SignInWechat(ctx, p.WechatCode)
		if err != nil {
			return err
		}
		r.People[p.Name] = demoPerson{PersonID: p.PersonID, CommunityID: p.CommunityID, Role: string(model.RoleResident), WechatCode: p.WechatCode,
			AccessToken: session.AccessToken, RefreshToken: session.RefreshToken, PassID: p.PassID}
	}
	return nil
}

func (d *demo) staff(ctx context.Context, r *demoReport) error {
	for _, p := range d.settled.Staff {
		session, err := d.signIn(ctx, p)
		if err != nil {
			return err
		}
		r.People[p.Name] = demoPerson{PersonID: session.PersonID, CommunityID: p.CommunityID, Role: string(p.Grant.Role),
			Scope: &demoArea{p.Grant.ScopeKind, p.Grant.ScopeID}, Username: p.Username, Password: p.Password, TOTPSecret: p.TOTPSecret,
			AccessToken: session.AccessToken, RefreshToken: session.RefreshToken}
	}
	return nil
}

// print writes the report as one line of JSON.
func (r demoReport) print(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// tell writes the report for people.
func (r demoReport) tell(w io.Writer) error {
	say := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	say("")
	say("CommunityPass 社区通行: demo")
	say("  API            %s        (contract 接口文档: %s/docs)", r.BaseURL, r.BaseURL)
	say("  guard 保安     %s/guard        (visitor 访客: %s)", r.BaseURL, r.EntryCodes[0].URL)
	say("  private 私有   %s        (/metrics, /debug/pprof/, POST %s)", r.PrivateURL, r.ClockURL)
	say("  devices 设备   %s        (other makers' devices send here 其他厂商设备的上报地址)", r.DeviceURL)
	say("  MQTT           %s        (devices that speak by topics 用 MQTT 的设备)", r.MQTTURL)
	say("  video 视频     sip:%s@%s   alarms 报警 %s   (GB/T 28181, SIA DC-09; TCP, UDP)", demoSIPID, r.SIPAddress, r.SIAAddress)
	say("  agent 门禁代理 %s        (a gate that decides alone without a network 断网也能判定的门)", r.Agent.Page)
	say("  property 物业  %s", r.Property.ReceivedURL)
	say("  city 城市平台  %s        (HC 物业: %s)", r.Property.CityURL, r.Property.HCURL)
	say("")
	for _, c := range r.Communities {
		say("  %s  %s", c.CommunityID, c.Name)
		for _, g := range r.Gates {
			if g.CommunityID == c.CommunityID {
				say("    %s  %-4s %-11s %s", g.GateID, g.Direction, g.Perimeter, g.Name)
			}
		}
	}
	say("")
	for _, name := range slices.Sorted(maps.Keys(r.People)) {
		p := r.People[name]
		if p.Username == "" {
			say("  %-18s %s  WeChat code 微信登录码: %s", p.Role, name, p.WechatCode)
		} else {
			say("  %-18s %s  %s / %s%s", p.Role, name, p.Username, p.Password, secondFactor(p))
		}
	}
	resident, gate := r.People[simulator.OuyangXiaoyan], r.Gates[0]
	say("")
	say("Three lines that work as pasted 三条可直接粘贴运行的命令:")
	say("")
	say("  curl -s -X POST %s/v1/sessions/wechat -H 'Content-Type: application/json' -d '{\"code\":\"%s\"}'", r.BaseURL, resident.WechatCode)
	say("")
	say("  curl -s %s/v1/me/passes -H 'Authorization: Bearer %s'", r.BaseURL, resident.AccessToken)
	say("")
	say("  curl -s -X POST %s/v1/gate/scans -H 'Content-Type: application/json' -H 'Authorization: Bearer %s' \\\n    -d \"{\\\"scan_id\\\":\\\"scan-$(date +%%s%%N)\\\",\\\"code\\\":\\\"HELLO\\\",\\\"direction\\\":\\\"in\\\",\\\"scanned_at\\\":\\\"$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)\\\"}\"", r.BaseURL, gate.DeviceToken)
	say("")
	say("A lift comes to floor 1 for 李雷 of room 302, and tells how it goes 呼叫电梯并查看进度:")
	say("")
	say("  ID=$(curl -s -X POST %s/v1/me/lift-calls -H 'Content-Type: application/json' -H 'Authorization: Bearer %s' \\\n    -d \"{\\\"request_id\\\":\\\"call-$(date +%%s%%N)\\\",\\\"lift_id\\\":\\\"%s\\\",\\\"from\\\":\\\"1\\\",\\\"to\\\":\\\"3\\\"}\" | sed 's/.*\"id\":\"\\([0-9A-Z]*\\)\".*/\\1/')", r.BaseURL, r.People[simulator.LiLei].AccessToken, r.Lift.LiftID)
	say("  curl -sN \"%s/v1/me/lift-calls/$ID/events?max_seconds=15\" -H 'Authorization: Bearer %s'", r.BaseURL, r.People[simulator.LiLei].AccessToken)
	say("")
	neighbour := r.People[simulator.LiLei]
	say("The gate of the agent is unplugged for a minute, a code of 李雷 is shown there, and it is told what became of it 拔掉代理门的网线一分钟，期间李雷出示通行码，再看结果:")
	say("")
	say("  curl -s -X POST '%s?seconds=60'", r.Agent.UnplugURL)
	say(`  CODE=$(curl -s -X POST %s/v1/me/passes/%s/codes -H 'Content-Type: application/json' -H 'Authorization: Bearer %s' -d '{"count":1}' | sed 's/.*"code":"\([^"]*\)".*/\1/')`, r.BaseURL, neighbour.PassID, neighbour.AccessToken)
	say(`  curl -s -X POST %s -d "{\"code\":\"$CODE\"}"`, r.Agent.ScansURL)
	say("  curl -s %s", r.Agent.UnplugURL)
	say("")
	return nil
}

// secondFactor is what else a member of staff needs to sign in, if anything.
func secondFactor(p demoPerson) string {
	if p.TOTPSecret == "" {
		return ""
	}
	return "  TOTP " + p.TOTPSecret
}
