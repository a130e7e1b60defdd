package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
)

const (
	platePath = "/devicemanagement/php/plateresult.php"
	beatPath  = "/devicemanagement/php/receivedeviceinfo.php"
	formType  = "application/x-www-form-urlencoded"
	// betweenPolls is the pause of a camera whose server did not answer (普通心跳).
	betweenPolls = time.Second
)

// httpCamera is a plate camera that pushes plates and polls for orders (comet 轮询), and
// does what it is told.
type httpCamera struct {
	*unit
	serial string
	next   func() int64
	// told are what it was told when it polled.
	told chan cameraTold
}

// liveVzenith stands at a barrier, where there is one.
func liveVzenith(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	gate, err := s.barrier(ctx)
	if err != nil {
		return nil, nil, err
	}
	c := &httpCamera{serial: s.serial("played-"), next: s.numbered(), told: make(chan cameraTold, 16)}
	if c.unit, err = s.register(ctx, "vzenith", map[string]any{"serial": c.serial, "gate_id": gate, "announcing": plateCamera(true)}); err != nil {
		return nil, nil, err
	}
	polling, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loop sync.WaitGroup
	loop.Go(func() { c.polls(polling) })
	return []act{
		{name: "is there 心跳", beat: true, do: func(ctx context.Context) (string, error) {
			return c.pushed(ctx, push{path: beatPath, contentType: formType, understood: ok(`"info":"no"`), body: c.beat()})
		}},
		{name: "reads a plate 车牌", do: func(ctx context.Context) (string, error) {
			return c.plateRead(ctx, func() (string, error) {
				heard, err := c.sees(ctx)
				if err == nil && s.BarrierName != "" && (heard.Opens || heard.Says == "" || len(heard.Shows) == 0 || len(heard.Serial) != 1) {
					err = errors.New("a stranger at a barrier is let in, or told nothing")
				}
				return heard.String(), err
			})
		}},
		{name: "opens by order 远程抬杆", do: c.obeys("open", nil, func(t cameraTold) bool { return t.Output == 1 })},
		{name: "says something by order 远程喊话", do: c.obeys("say", map[string]any{"text": "请稍等 Please wait"}, func(t cameraTold) bool { return t.Says != "" })},
		{name: "looks again by order 手动触发", do: func(ctx context.Context) (string, error) {
			return c.plateRead(ctx, func() (string, error) {
				return c.obeys("look", nil, func(t cameraTold) bool { return t.Looks })(ctx)
			})
		}},
	}, c.leaves(func() { stop(); loop.Wait() }), nil
}

func (c *httpCamera) beat() []byte {
	return []byte(url.Values{"device_name": {"IVS"}, "ipaddr": {"192.0.2.9"}, "user_name": {"admin"}, "serialno": {c.serial}}.Encode())
}

// sees pushes a vehicle of nobody.
func (c *httpCamera) sees(ctx context.Context) (heard cameraTold, err error) {
	status, body, err := c.send(ctx, push{path: platePath, contentType: jsonType,
		body: fmt.Appendf(nil, `{"AlarmInfoPlate":{"channel":0,"serialno":"%s","result":{"PlateResult":{"license":"京A·PL4%02d","plateid":%d,"isoffline":0,"direction":1,"confidence":96,"triggerType":4,"timeStamp":{"Timeval":{"sec":%d,"usec":0}}}}}}`,
			c.serial, c.next()%100, c.next(), c.stage.clock.Now().Unix())})
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	if err == nil {
		err = heard.hears(body)
	}
	return heard, err
}

// polls asks for orders until ctx ends, does what it is told, and asks again at once.
func (c *httpCamera) polls(ctx context.Context) {
	for ctx.Err() == nil {
		status, body, err := c.send(ctx, push{path: "/comet", contentType: formType, body: c.beat()})
		var told cameraTold
		if err != nil || status != http.StatusOK || told.hears(body) != nil {
			if model.Wait(ctx, betweenPolls) != nil {
				return
			}
			continue
		}
		if !told.any() {
			continue
		}
		c.stage.tell("vzenith-http", told.String())
		if told.Looks {
			// What the server answers to that is the server's word, as to any plate.
			if heard, err := c.sees(ctx); err == nil && heard.any() {
				c.stage.tell("vzenith-http", heard.String())
			}
		}
		select {
		case c.told <- told:
		default: // nobody looks
		}
	}
}

// obeys has staff order something. The camera must be told, and staff hear that it has it
// and no more.
func (c *httpCamera) obeys(what string, more map[string]any, does func(cameraTold) bool) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		for len(c.told) > 0 {
			<-c.told // of an order of somebody else
		}
		_, status, err := c.ordered(ctx, what, more)
		if status != http.StatusConflict || !strings.Contains(fmt.Sprint(err), "command_unconfirmed") {
			return "", fmt.Errorf("staff hear %d, %v", status, err)
		}
		select {
		case told := <-c.told:
			if !does(told) {
				return told.String(), errors.New("it is told something else")
			}
			return told.String() + " → handed over", nil
		case <-ctx.Done():
			return "", errors.New("it is told nothing")
		}
	}
}
