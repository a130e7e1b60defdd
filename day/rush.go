package day

import (
	"fmt"
	"net/http"
	"sync"
)

// rushWorkers is how many people stand at the gate at once.
const rushWorkers = 8

// homecoming is how one owner fared at the gate: the scans sent, by their ids, with
// what was answered.
type homecoming struct {
	code  string
	scans []string
	got   []answer
	err   error
}

// rush is the evening, when everybody comes home at once. Of ten people one has a
// gate that sends the scan twice, and another holds the phone to two readers.
func (d *Day) rush() {
	d.until(17)
	all := make([]homecoming, d.Households)
	work := make(chan int)
	var crew sync.WaitGroup
	for range rushWorkers {
		crew.Go(func() {
			for n := range work {
				all[n] = d.comeHome(n)
			}
		})
	}
	for n := range all {
		work <- n
	}
	close(work)
	crew.Wait()
	d.cameHome(all)
}

// comeHome shows an owner's code at the east gate.
func (d *Day) comeHome(n int) (h homecoming) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(stuck)
			if !ok {
				panic(r)
			}
			h.err = s.error
		}
	}()
	me := d.residents[homeAt(n).owner]
	h.code = me.code(me.passID)
	h.scans = []string{fmt.Sprintf("day-rush-%d", n)}
	switch n % 10 {
	case 1:
		h.scans = append(h.scans, h.scans[0])
	case 2:
		h.scans = append(h.scans, h.scans[0]+"-again")
	}
	h.got = make([]answer, len(h.scans))
	now := instant(d.now())
	var both sync.WaitGroup
	failed := make([]error, len(h.scans))
	for i, id := range h.scans {
		both.Go(func() {
			body := map[string]any{"scan_id": id, "code": h.code, "direction": "in", "scanned_at": now}
			h.got[i], failed[i] = d.gate("东门").try(http.MethodPost, "/v1/gate/scans", body)
		})
	}
	both.Wait()
	for _, err := range failed {
		if err != nil {
			h.err = err
		}
	}
	return h
}

// try is once for a goroutine: what fails is an error.
func (c *caller) try(method, path string, body any) (a answer, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(stuck)
			if !ok {
				panic(r)
			}
			err = s.error
		}
	}()
	return c.once(method, path, body, nil), nil
}

// cameHome writes the answers into the day's book and checks them.
func (d *Day) cameHome(all []homecoming) {
	admitted, repeated, torn, wrong := 0, 0, 0, []string{}
	for n, h := range all {
		admits := 0
		for i, a := range h.got {
			if h.err != nil || a.status != http.StatusOK {
				wrong = append(wrong, fmt.Sprint(n, h.err, a))
				continue
			}
			known := d.scans[h.scans[i]]
			d.scans[h.scans[i]] = a.text("passage_id")
			d.answered[a.text("passage_id")] = a.text("decision") + " " + a.text("reason")
			if known == a.text("passage_id") {
				repeated++
				continue
			}
			if a.text("decision") == "admit" {
				admits++
				d.used[h.code+"\nin "+d.perimeter(d.gate("东门"))]++
			} else if a.text("reason") == "used" {
				torn++
			}
		}
		admitted += admits
		if admits != 1 {
			wrong = append(wrong, fmt.Sprint(n, " was admitted ", admits, " times: ", h.got))
		}
	}
	tenth := func(which int) int { return (len(all) - which + 9) / 10 }
	d.check(fmt.Sprintf("all %d owners come home at once, each admitted once", len(all)), admitted == len(all) && len(wrong) == 0, admitted, wrong)
	d.check(fmt.Sprintf("%d scans that were sent twice are one passage each", tenth(1)), repeated == tenth(1), repeated)
	d.check(fmt.Sprintf("%d codes shown to two readers at once: the second is refused as used", tenth(2)), torn == tenth(2), torn)
}
