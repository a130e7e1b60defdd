package conformance

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

const (
	// pyunGate is what P云 calls the control of a barrier, pyunPark a car park and a lane.
	pyunGate = "service.parking.gate.control"
	pyunPark = "replayed:1"
)

// pyunOrders is the form of an order to a barrier of P云.
var pyunOrders = form{fixed: []string{"service", "status"}, needed: []string{"service", "park_uuid", "gate_id", "status", "sign"},
	meant: map[string]string{"*": "optional; the barrier opens without it"}}

// pyunOrdered is a car park that speaks P云, whose barrier staff open: the order is held
// against that of the file, or the car park answers as the file says.
func pyunOrdered(ctx context.Context, s *stage, o map[string]any) (got outcome, err error) {
	answer, done := []byte(`{"result_code":"1001","message":"ok"}`), true
	isAnswer := o["result_code"] != nil
	switch {
	case isAnswer:
		plain := map[string]any{}
		for name, v := range o {
			if name != "sign" { // made with a secret that is nobody's to know
				plain[name] = v
			}
		}
		answer, done = mustJSON(plain), wordOf(o["result_code"]) == "1001"
	case o["service"] != pyunGate || o["status"] != "OPEN":
		return got, leftOut("an order that this server does not give")
	}
	asked := make(chan []byte, 1)
	address, stop, err := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		select {
		case asked <- body:
		default: // one is enough
		}
		_, _ = w.Write(answer)
	}))
	if err != nil {
		return got, err
	}
	defer stop()
	u, err := s.register(ctx, "4pyun", map[string]any{"address": address, "serial": pyunPark, "app_id": "played", "secret": cloudSecret})
	if err != nil {
		return got, err
	}
	defer u.revoke(ctx)
	said, err := u.openedOrNot(ctx)
	if err != nil {
		return got, err
	}
	var order []byte
	select {
	case order = <-asked:
	default:
		return got, fmt.Errorf("no order came; %s", said)
	}
	if got.answer = string(order); done != (said == openDone) {
		return got, fmt.Errorf("the car park answers so, and it is %s", said)
	}
	if isAnswer {
		got.heard = "the car park answers so; " + said
		return got, nil
	}
	return pyunOrders.against("the order to open", o, order)
}
