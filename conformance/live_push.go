package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// nobody is a code that no server knows: the door must stay shut.
const nobody = "PLAYED-CODE-OF-NOBODY"

// zone is that of devices which tell local times.
var zone = time.FixedZone("UTC+8", 8*60*60)

// numbered are the device's own numbers, one for each thing it tells, whoever of it asks.
func (s *stage) numbered() func() int64 {
	var n atomic.Int64
	n.Store(s.clock.Now().UnixMilli() % 1e9)
	return func() int64 { return n.Add(1) }
}

func liveVGuang(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	u, err := s.register(ctx, "vguang", nil)
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	return []act{{name: "shows a code 扫码", do: func(ctx context.Context) (string, error) {
		return u.passes(ctx, func() (string, error) {
			return u.pushed(ctx, push{contentType: "text/html", body: fmt.Appendf(nil, "vgdecoderesult=%s-%d&&devicenumber=1", nobody, next()), understood: oneOf("code=0001")})
		})
	}}}, u.leaves(), nil
}

func liveSenseTime(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	u, err := s.register(ctx, "sensetime", nil)
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	return []act{
		{name: "is there 心跳", beat: true, do: func(ctx context.Context) (string, error) {
			return u.pushed(ctx, push{method: http.MethodGet, understood: ok()})
		}},
		{name: "asks for a code 远程鉴权", do: func(ctx context.Context) (string, error) {
			return u.passes(ctx, func() (string, error) {
				return u.pushed(ctx, push{contentType: jsonType, understood: ok(`"code":200`, `"pass":false`),
					body: fmt.Appendf(nil, `{"deviceSN":"PLAYED","recognizeStatus":2,"entry_mode":4,"bodyTemperature":36.5,"timestamp":%d,"qrcode_content":"%s-%d"}`, s.clock.Now().Unix(), nobody, next())})
			})
		}},
		{name: "tells of a passage 通行记录", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "code", "admitted", func() (string, error) {
				return u.pushed(ctx, push{contentType: jsonType, understood: ok(`"code":200`),
					body: fmt.Appendf(nil, `{"type":0,"data":{"deviceSN":"PLAYED","entry_mode":1,"uuid":"played-%d","pass":true,"bodyTemperature":36.4,"timestamp":%d}}`, next(), s.clock.Now().Unix())})
			})
		}},
		{name: "raises an alarm 报警", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "alarm", "raised", func() (string, error) {
				return u.pushed(ctx, push{contentType: jsonType, understood: ok(`"code":200`),
					body: fmt.Appendf(nil, `{"type":1,"data":{"trace_id":"played-%d","code":10001,"event_time":%d,"status":1}}`, next(), s.clock.Now().UnixMilli())})
			})
		}},
	}, u.leaves(), nil
}

func liveDahua(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	u, err := s.register(ctx, "dahua", nil)
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	tell := func(kind, state, text string) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			return u.makes(ctx, kind, state, func() (string, error) {
				n := next()
				return u.pushed(ctx, push{contentType: jsonType, understood: ok(`"code":0`, `"message":"success"`), body: fmt.Appendf(nil, text, n, s.clock.Now().Unix())})
			})
		}
	}
	return []act{
		{name: "tells of a passage 通行记录", do: tell("code", "admitted", `{"Action":"Pulse","Code":"AccessControl","Index":0,"Data":{"RecNo":%[1]d,"UTC":%[2]d,"RealUTC":%[2]d,"Method":2,"Status":1,"Type":"Entry"}}`)},
		{name: "tells of its door 门状态", do: tell("door", "", `{"Action":"Pulse","Code":"DoorStatus","Index":0,"Data":{"Status":"Open","UTC":%[2]d,"RealUTC":%[2]d,"EventID":%[1]d}}`)},
		{name: "raises an alarm 闯入报警", do: tell("alarm", "raised", `{"Action":"Start","Code":"BreakIn","Index":0,"Data":{"UTC":%[2]d,"RealUTC":%[2]d,"EventID":%[1]d}}`)},
	}, u.leaves(), nil
}

func liveUniview(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	serial := s.serial("PLAYED")
	u, err := s.register(ctx, "uniview", map[string]any{"serial": serial})
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	return []act{
		{name: "is there 心跳", beat: true, do: func(ctx context.Context) (string, error) {
			return u.pushed(ctx, push{path: "/LAPI/V1.0/PACS/Controller/HeartReportInfo", contentType: jsonType, understood: ok(`"Time":`),
				body: fmt.Appendf(nil, `{"RefId":"played","Time":"%[1]s","NextTime":"%[1]s","DeviceCode":"%[2]s","DeviceType":5}`, s.clock.Now().In(zone).Format(time.DateTime), serial)})
		}},
		{name: "tells of a passage 通行记录", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "code", "admitted", func() (string, error) {
				n := next()
				return u.pushed(ctx, push{path: "/LAPI/V1.0/PACS/Controller/Event/Notifications", contentType: jsonType, understood: ok(fmt.Sprint(`"RecordID":`, n)),
					body: fmt.Appendf(nil, `{"Reference":"played","Seq":%d,"DeviceCode":"%s","Timestamp":%d,"NotificationType":0,"LibMatInfoList":[{"MatchStatus":1}]}`, n, serial, s.clock.Now().Unix())})
			})
		}},
	}, u.leaves(), nil
}

func liveISecure(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	u, err := s.register(ctx, "isecure", nil)
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	return []act{{name: "tells of a fire 火警", do: func(ctx context.Context) (string, error) {
		return u.makes(ctx, "alarm", "raised", func() (string, error) {
			return u.pushed(ctx, push{contentType: jsonType, understood: ok(`"code":"0"`),
				body: fmt.Appendf(nil, `{"method":"OnEventNotify","params":{"ability":"event_fire","sendTime":"%[2]s","events":[{"eventId":"PLAYED%[1]d","eventType":254104,"happenTime":"%[2]s","srcIndex":"played","srcType":"sensor","status":1}]}}`,
					next(), s.clock.Now().In(zone).Format("2006-01-02T15:04:05.000-07:00"))})
		})
	}}}, u.leaves(), nil
}

func liveANPR(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	u, err := s.register(ctx, "hikvision", nil)
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	return []act{{name: "reads a plate 车牌", do: func(ctx context.Context) (string, error) {
		return u.plateRead(ctx, func() (string, error) {
			n := next()
			return u.pushed(ctx, push{contentType: "application/xml", understood: ok(),
				body: fmt.Appendf(nil, `<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><ipAddress>192.0.2.8</ipAddress><channelID>1</channelID><dateTime>%s</dateTime><eventType>ANPR</eventType><eventState>active</eventState><UUID>played-%d</UUID><ANPR><licensePlate>京A·PL5%02d</licensePlate><direction>forward</direction></ANPR></EventNotificationAlert>`,
					s.clock.Now().In(zone).Format(time.RFC3339), n, n%100)})
		})
	}}}, u.leaves(), nil
}

// plateRead is a passage at a barrier, and no more than an event elsewhere.
func (u *unit) plateRead(ctx context.Context, do func() (string, error)) (string, error) {
	events, err := u.said(ctx)
	if err != nil {
		return "", err
	}
	said, err := do()
	if err != nil {
		return said, err
	}
	err = until(ctx, "the API shows nothing of the plate", func() (bool, error) {
		now, err := u.said(ctx)
		return len(now.events) > len(events.events) || now.passages > events.passages, err
	})
	return said, err
}

func liveHC(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	app := s.serial("played")
	u, err := s.register(ctx, "hc", map[string]any{"app_id": app, "secret": hcSecret})
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	say := func(kind, text string) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			return u.makes(ctx, kind, "", func() (string, error) {
				return u.pushed(ctx, push{path: "/callback", contentType: jsonType, understood: ok(`"code":0`),
					body: fmt.Appendf(nil, text, next(), s.clock.Now().In(zone).Format(time.DateTime))})
			})
		}
	}
	return []act{
		{name: "signs in 取令牌", once: true, do: func(ctx context.Context) (string, error) {
			status, body, err := u.send(ctx, push{method: http.MethodGet, path: "/extApi/auth/getAccessToken", query: url.Values{"appId": {app}, "appSecret": {hcSecret}}.Encode()})
			if err == nil && (status != http.StatusOK || !strings.Contains(string(body), "access_token")) {
				err = fmt.Errorf("no access token: %d", status)
			}
			return "a token", err
		}},
		{name: "is there 心跳", beat: true, do: say("status", `{"taskId":"%[1]d","machineCode":"played%[1]d","heartbeatTime":"%[2]s"}`)},
		{name: "tells of a door 开门记录", do: say("door", `{"userId":"played%[1]d","machineCode":"played%[1]d","openTypeCd":"1000","dateTime":"%[2]s","recordTypeCd":"8888"}`)},
	}, u.leaves(), nil
}

func liveCAP(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	u, err := s.register(ctx, "cap", nil)
	if err != nil {
		return nil, nil, err
	}
	next := s.numbered()
	alert := func(kind, state, references string) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			return u.makes(ctx, "alarm", state, func() (string, error) {
				now := s.clock.Now().In(zone).Format(time.RFC3339)
				return u.pushed(ctx, push{contentType: "application/cap+xml", understood: ok(`"accepted":true`),
					body: fmt.Appendf(nil, `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>played-%d</identifier><sender>played@weather.example</sender><sent>%s</sent><status>Actual</status><msgType>%s</msgType><scope>Public</scope>%s<info><language>zh-CN</language><category>Met</category><event>大风蓝色预警</event><urgency>Expected</urgency><severity>Moderate</severity><certainty>Likely</certainty><headline>演练：大风蓝色预警</headline><area><areaDesc>望江街道</areaDesc></area></info></alert>`,
						next(), now, kind, strings.ReplaceAll(references, "NOW", now))})
			})
		}
	}
	return []act{
		{name: "warns 预警", do: alert("Alert", "raised", "")},
		{name: "takes it back 解除", do: alert("Cancel", "cleared", "<references>played@weather.example,played-1,NOW</references>")},
	}, u.leaves(), nil
}
