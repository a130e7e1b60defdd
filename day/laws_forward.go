package day

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// arrived is one event as the simulated property system has it.
type arrived struct {
	ID         string `json:"id"`
	Verified   bool   `json:"verified"`
	Identical  bool   `json:"identical"`
	Deliveries int    `json:"deliveries"`
}

// forwarded is laws 2 and 3: what was to be told is told or waits, and the other side
// has what we say it has.
func (d *Day) forwarded() {
	manager, path := d.staff("钱经理"), "/v1/recipients/"+d.demo.Property.RecipientID
	d.check("L2 the queue of the property system runs dry", d.soon(func() bool {
		d.workOff()
		return manager.get(path).number("waiting") == 0
	}), manager.get(path))
	states, sequences, delivered := map[string]int{}, []int{}, map[string]bool{}
	all := manager.all(path + "/deliveries?limit=200")
	for _, e := range all {
		states[e.text("state")]++
		sequences = append(sequences, e.number("sequence"))
		if e.text("state") == "delivered" {
			delivered[e.text("id")] = true
		}
	}
	slices.Sort(sequences)
	last, gaps := manager.get(path).number("sequence"), 0
	for i := range sequences {
		if sequences[i] != sequences[0]+i {
			gaps++
		}
	}
	counted := states["delivered"] + states["pending"] + states["leased"] + states["dead"]
	d.check(fmt.Sprintf("L2 %d events = delivered + pending + leased + dead, numbered without a gap up to the last", len(all)),
		counted == len(all) && len(all) > 0 && gaps == 0 && sequences[len(sequences)-1] == last, states, gaps, last)
	d.received(delivered, sequences[0] > 1)
}

// received is law 3.
func (d *Day) received(delivered map[string]bool, purged bool) {
	q, err := http.NewRequestWithContext(d.ctx, http.MethodGet, d.demo.Property.ReceivedURL, nil)
	if err != nil {
		panic(stuck{err})
	}
	response, err := d.http.Do(q)
	if err != nil {
		panic(stuck{err})
	}
	defer response.Body.Close()
	var got struct{ Items []arrived }
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		panic(stuck{err})
	}
	known, wrong, unknown := map[string]bool{}, []string{}, 0
	for _, e := range got.Items {
		if known[e.ID] || !e.Verified || !e.Identical {
			wrong = append(wrong, e.ID)
		}
		if known[e.ID] = true; !delivered[e.ID] {
			unknown++
		}
	}
	missing := 0
	for id := range delivered {
		if !known[id] {
			missing++
		}
	}
	what := fmt.Sprintf("L3 the property system has exactly the %d that are delivered, each signed, repeats identical", len(delivered))
	if purged {
		what = fmt.Sprintf("L3 the property system has the %d that are delivered (and %d older ones), each signed, repeats identical", len(delivered), unknown)
	}
	d.check(what, len(wrong) == 0 && missing == 0 && (purged || unknown == 0), wrong, missing, unknown)
}

// nothingLeaks is law 7: names and phones of the day are nowhere in clear.
func (d *Day) nothingLeaks() {
	texts := []secret{nameOf("户主"), nameOf("家属〇"), nameOf("家属一"), nameOf("家属二"), nameOf("家属三"), phoneOf("13700000"), nameOf("访客甲"), nameOf("来客"), phoneOf("136000000")}
	if found, looked := d.traces(texts...); looked {
		d.check("L7 no name and no phone in the database", len(found) == 0, found)
	}
	found := within("the log", d.logged(), texts)
	d.check("L7 nor in the log", len(found) == 0, found)
	q, err := http.NewRequestWithContext(d.ctx, http.MethodGet, d.demo.PrivateURL+"/metrics", nil)
	if err != nil {
		panic(stuck{err})
	}
	response, err := d.http.Do(q)
	if err != nil {
		panic(stuck{err})
	}
	defer response.Body.Close()
	metrics, err := io.ReadAll(response.Body)
	found = within("the metrics", metrics, texts)
	d.check("L7 nor in the metrics", err == nil && len(metrics) > 0 && len(found) == 0, found)
}

// nothingStays is law 7 as well: a month on, what has reached the end of its time is
// gone.
func (d *Day) nothingStays() {
	d.later(keep + 24*time.Hour)
	manager := d.staff("钱经理")
	var left, visits []object
	d.soon(func() bool {
		d.workOff()
		left, visits = manager.all(d.in("passages?limit=200")), manager.all("/v1/visits?limit=200")
		return len(left)+len(visits) == 0
	})
	d.check("L7 a month later no passage of the day is left", len(left) == 0, len(left))
	d.check("L7 nor a visit", len(visits) == 0, len(visits))
	own := d.residents[homeAt(0).owner].all("/v1/me/passages")
	d.check("L7 nor does a resident's own list have any", len(own) == 0, len(own))
	first, last := d.now().In(beijing).AddDate(0, 0, -60).Format("2006-01-02"), d.today()
	numbers := manager.get(d.in("statistics?from=" + first + "&to=" + last))
	d.check("the counted days stay, with nobody in them", numbers.number("passages") > 0, numbers)
}
