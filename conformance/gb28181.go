package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

const (
	cameraPassword = "replayed-camera-password"
	// platformPatience is how long a camera waits for the platform's own MESSAGE.
	platformPatience = 5 * time.Second
)

// gb28181: the body of a MESSAGE of a camera that has registered. An alarm is answered
// 200 and then by a MESSAGE of the platform with the same SN (GB/T 28181-2016, 9.4).
func gb28181(ctx context.Context, s *stage, p payload) (outcome, error) {
	fields, root, err := elements(p.body)
	id := fields["DeviceID"]
	switch {
	case s.SIPAddress == "" || s.SIPID == "":
		return outcome{}, leftOut("the server says no address for video devices")
	case err != nil || len(id) != 20:
		return outcome{}, leftOut("no MANSCDP of a device")
	case root != "Notify":
		return outcome{}, leftOut("what a platform asks or answers")
	}
	u, err := s.register(ctx, "gb28181", map[string]any{"serial": id, "secret": cameraPassword})
	if err != nil {
		return outcome{}, err
	}
	defer u.revoke(ctx)
	c, err := NewCamera(id, cameraPassword, s.SIPID, s.SIPAddress)
	if err != nil {
		return outcome{}, err
	}
	defer c.Close()
	if err := c.Register(ctx); err != nil {
		return outcome{}, err
	}
	reply, err := c.do(ctx, c.request(sip.MESSAGE, p.body))
	if err != nil {
		return outcome{}, err
	}
	o := outcome{answer: fmt.Sprintf("%d %s", reply.StatusCode, reply.Reason)}
	if reply.StatusCode != sip.StatusOK {
		return o, errors.New("the camera wants 200")
	}
	alarm := fields["CmdType"] == "Alarm" || fields["AlarmMethod"] != ""
	if alarm && fields["SN"] != "" {
		if err := c.confirmed(ctx, fields["SN"]); err != nil {
			return o, err
		}
		o.answer += ", then its own MESSAGE"
	}
	return u.heardOf(ctx, o, alarm)
}

// Camera is a user agent of SIP with a socket of its own.
type Camera struct {
	id, password, platform, to string
	ua                         *sipgo.UserAgent
	client                     *sipgo.Client
	heard                      chan string
}

// NewCamera makes a camera of a code and a password, for a platform and its address.
func NewCamera(id, password, platform, address string) (*Camera, error) {
	ua, err := sipgo.NewUA(sipgo.WithUserAgent(id), sipgo.WithUserAgentHostname(id[:10]))
	if err != nil {
		return nil, err
	}
	c := &Camera{id: id, password: password, platform: platform, to: address, ua: ua, heard: make(chan string, 16)}
	server, err := sipgo.NewServer(ua)
	if err == nil {
		server.OnMessage(func(r *sip.Request, tx sip.ServerTransaction) {
			_ = tx.Respond(sip.NewResponseFromRequest(r, sip.StatusOK, "OK", nil))
			if fields, root, err := elements(r.Body()); err == nil && root == "Query" && fields["CmdType"] == "Catalog" {
				go c.channels(fields["SN"]) // what is lost here the server asks for again
				return
			}
			c.heard <- string(r.Body())
		})
		c.client, err = sipgo.NewClient(ua, sipgo.WithClientHostname("127.0.0.1"), sipgo.WithClientNAT())
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// channels answers what channels there are: two, in two messages, the second in GB18030.
func (c *Camera) channels(sn string) {
	ctx, cancel := context.WithTimeout(context.Background(), platformPatience)
	defer cancel()
	for n, name := range []string{"Gate", "\xb6\xab\xc3\xc5"} { // 东门
		body := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"GB2312\"?>\n<Response><CmdType>Catalog</CmdType><SN>%s</SN><DeviceID>%s</DeviceID><SumNum>2</SumNum><DeviceList Num=\"1\"><Item><DeviceID>%s131%06d%d</DeviceID><Name>%s</Name><Status>ON</Status></Item></DeviceList></Response>",
			sn, c.id, c.id[:10], 0, n, name)
		if _, err := c.do(ctx, c.request(sip.MESSAGE, []byte(body))); err != nil {
			return
		}
	}
}

// Close gives the socket back.
func (c *Camera) Close() { _ = c.ua.Close() }

func (c *Camera) request(method sip.RequestMethod, body []byte) *sip.Request {
	domain := c.platform[:10]
	self := sip.Uri{Scheme: "sip", User: c.id, Host: domain}
	r := sip.NewRequest(method, sip.Uri{Scheme: "sip", User: c.platform, Host: domain})
	from := sip.FromHeader{Address: self, Params: sip.NewParams()}
	from.Params.Add("tag", "replay")
	r.AppendHeader(&from)
	r.AppendHeader(&sip.ToHeader{Address: self, Params: sip.NewParams()})
	r.AppendHeader(&sip.ContactHeader{Address: self})
	if body != nil {
		r.AppendHeader(sip.NewHeader("Content-Type", "Application/MANSCDP+xml"))
		r.SetBody(body)
	} else {
		r.AppendHeader(sip.NewHeader("Expires", "3600"))
	}
	r.SetTransport("UDP")
	r.SetDestination(c.to)
	return r
}

func (c *Camera) do(ctx context.Context, r *sip.Request) (*sip.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, platformPatience)
	defer cancel()
	return c.client.Do(ctx, r)
}

// Register proves who the camera is, by digest.
func (c *Camera) Register(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, platformPatience)
	defer cancel()
	r := c.request(sip.REGISTER, nil)
	reply, err := c.client.Do(ctx, r)
	if err != nil {
		return err
	}
	if reply.StatusCode != sip.StatusUnauthorized {
		return fmt.Errorf("the first REGISTER is answered %d, not 401", reply.StatusCode)
	}
	reply, err = c.client.DoDigestAuth(ctx, r, reply, sipgo.DigestAuth{Username: c.id, Password: c.password})
	if err != nil {
		return err
	}
	if reply.StatusCode != sip.StatusOK {
		return fmt.Errorf("REGISTER with its password is answered %d", reply.StatusCode)
	}
	return nil
}

// Alarm says an alarm in XML and waits for the platform's own MESSAGE about its SN.
func (c *Camera) Alarm(ctx context.Context, sn string, body []byte) error {
	reply, err := c.do(ctx, c.request(sip.MESSAGE, body))
	switch {
	case err != nil:
		return err
	case reply.StatusCode != sip.StatusOK:
		return fmt.Errorf("an alarm is answered %d", reply.StatusCode)
	}
	return c.confirmed(ctx, sn)
}

// confirmed waits for the platform's own MESSAGE about an alarm.
func (c *Camera) confirmed(ctx context.Context, sn string) error {
	ctx, cancel := context.WithTimeout(ctx, platformPatience)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return errors.New("no MESSAGE of the platform came")
		case body := <-c.heard:
			if strings.Contains(body, "<SN>"+sn+"</SN>") && strings.Contains(body, "<Result>OK</Result>") {
				return nil
			}
		}
	}
}
