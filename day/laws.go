package day

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// keep is how long passages and deliveries are kept.
const keep = 30 * 24 * time.Hour

// laws are what must hold after any day, whatever happened on it.
func (d *Day) laws() {
	d.workOff()
	passages := d.staff("钱经理").all(d.in("passages?limit=200"))
	d.storedOnce(passages)
	d.forwarded()
	d.withinLimits(passages)
	d.note("L5 there are no lifts yet: nothing to check")
	d.chainHolds("L6 the audit chain verifies, and so do its anchors")
	d.strangers()
	d.nothingLeaks()
	d.nothingStays()
	d.chainHolds("L6 and it does so after the passages have reached the end of their time")
}

// note prints what is no check.
func (d *Day) note(what string) { fmt.Fprintf(d.out, "  --    %s\n", what) }

// storedOnce is law 1: each scan that a gate was answered is one passage, as told.
func (d *Day) storedOnce(passages []object) {
	times, said := map[string]int{}, map[string]string{}
	for _, p := range passages {
		times[p.text("id")]++
		said[p.text("id")] = p.text("decision") + " " + p.text("reason")
	}
	scans, old, wrong := map[string]string{}, 0, []string{}
	for scan, passage := range d.scans {
		told, known := d.answered[passage]
		switch {
		case scans[passage] != "":
			wrong = append(wrong, scan+" and "+scans[passage]+" are one passage")
		case d.aged(passage):
			old++
		case times[passage] != 1:
			wrong = append(wrong, fmt.Sprintf("%s is stored %d times", scan, times[passage]))
		case known && told != said[passage]:
			wrong = append(wrong, scan+" was told as "+told+" and is stored as "+said[passage])
		}
		scans[passage] = scan
	}
	d.check(fmt.Sprintf("L1 each of %d acknowledged scans is stored exactly once, as the gate was told (%d others have reached the end of their time)", len(d.scans)-old, old),
		len(wrong) == 0 && len(d.scans) > old, wrong)
}

// aged says whether what an id names may have been dropped at the end of its time.
func (d *Day) aged(id string) bool {
	parsed, err := ulid.ParseStrict(id)
	return err == nil && d.now().Sub(parsed.Timestamp()) > keep-time.Hour
}

// withinLimits is law 4: no pass was admitted more often a day than it may, and no
// code twice in a direction and a ring of gates.
func (d *Day) withinLimits(passages []object) {
	perimeter := map[string]string{}
	for _, g := range d.demo.Gates {
		perimeter[g.GateID] = g.Perimeter
	}
	most := map[string]int{}
	for _, p := range passages {
		if limit, ok := d.limits[p.text("id")]; ok {
			most[p.text("pass_id")] = limit
		}
	}
	admitted, wrong := map[string]int{}, []string{}
	for _, p := range passages {
		limit, limited := most[p.text("pass_id")]
		if !limited || p.text("decision") != "admit" || p.text("way") == "manual" {
			continue
		}
		key := strings.Join([]string{p.text("pass_id"), parsed(p.text("scanned_at")).In(beijing).Format(time.DateOnly), p.text("direction"), perimeter[p.text("gate_id")]}, " ")
		if admitted[key]++; admitted[key] > limit {
			wrong = append(wrong, key)
		}
	}
	d.check(fmt.Sprintf("L4 none of %d passes with a limit was admitted beyond it", len(most)), len(wrong) == 0 && len(most) > 0, wrong)
	twice := []string{}
	for use, n := range d.used {
		if code, _, _ := strings.Cut(use, "\n"); n > 1 && !d.cards[code] { // a card's is always the same
			twice = append(twice, use)
		}
	}
	d.check(fmt.Sprintf("L4 none of %d codes was admitted twice in a direction and a ring of gates", len(d.used)), len(twice) == 0 && len(d.used) > 0, twice)
}

// chainHolds is law 6, by the program's own verification of the database.
func (d *Day) chainHolds(what string) {
	d.workOff()
	data := filepath.Join(d.folder, "data")
	database := d.Database
	if database == "" {
		database = filepath.Join(data, "demo.db")
	}
	c := exec.CommandContext(d.ctx, d.Program, "verify", "--at", instant(d.now()), "--anchors", filepath.Join(data, "anchors.jsonl"))
	c.Env = append(os.Environ(), "COMMUNITYPASS_DATABASE="+database, "COMMUNITYPASS_DATA_DIR="+data, "COMMUNITYPASS_MASTER_KEY_FILE="+filepath.Join(data, "demo.key"))
	said, err := c.CombinedOutput()
	d.check(what, err == nil, err, string(said))
}

// strangers is a handful of law 8; go test ./e2e asks every operation as every role.
func (d *Day) strangers() {
	guard, other, neighbour := d.staff("赵保安"), d.staff("冯经理"), d.cast("王芳")
	wrong := []string{}
	ask := func(who string, want int, a answer) {
		if a.status != want {
			wrong = append(wrong, who+": "+a.String())
		}
	}
	ask("a guard reads households", http.StatusForbidden, guard.get(d.in("households")))
	ask("a guard imports a roster", http.StatusForbidden, guard.post(d.in("roster-imports"), map[string]any{}))
	ask("a guard publishes a notice", http.StatusForbidden, guard.post(d.in("notices"), map[string]any{"title_zh": "无", "body_zh": "无", "audience": "all"}))
	for _, list := range []string{"residencies", "households", "passages", "cards", "notices", "exports"} {
		ask("another community's manager reads "+list, http.StatusNotFound, other.get(d.in(list)))
		ask("a resident reads "+list, http.StatusForbidden, neighbour.get(d.in(list)))
		ask("nobody reads "+list, http.StatusUnauthorized, d.nobody().get(d.in(list)))
	}
	first := d.residents[homeAt(0).owner]
	ask("a neighbour asks for a code", http.StatusNotFound, neighbour.post("/v1/me/passes/"+first.passID+"/codes", map[string]any{"count": 1}))
	ask("a gate asks for a code", http.StatusForbidden, d.gate("东门").post("/v1/me/passes/"+first.passID+"/codes", map[string]any{"count": 1}))
	d.check("L8 a guard, a neighbour, another community's manager and a gate are refused (all operations by all roles: go test ./e2e)", len(wrong) == 0, wrong)
}
