package chaos_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"communitypass.cn/communitypass/testkit"
)

// readyWithin is generous for a busy machine; what is measured is printed.
const readyWithin = 10 * time.Second

func TestKilledOnSQLite(t *testing.T) { killAgainAndAgain(t, "") }

func TestKilledOnMySQL(t *testing.T) {
	if testkit.MySQLDSN() == "" {
		t.Skip("set TEST_MYSQL_DSN")
	}
	killAgainAndAgain(t, testkit.NewMySQLDatabase(t))
}

// killAgainAndAgain kills the program under load, CHAOS_ROUNDS times, and counts.
func killAgainAndAgain(t *testing.T, dsn string) {
	w := newWorld(t, t.TempDir(), dsn)
	var slowest time.Duration
	property := w.demo().Property.ReceivedURL
	unsure, rounds := 0, times(t, "CHAOS_ROUNDS", 3)
	for range rounds {
		before, _ := w.book.count()
		l := w.begin(true)
		w.reach(50+rand.IntN(150), 30*time.Second)
		l.amid()
		w.program.Kill(t)
		l.end()
		unsure += len(w.book.open)
		ready := w.start()
		if slowest = max(slowest, ready); ready > readyWithin {
			t.Errorf("ready again after %v", ready)
		}
		if now := w.demo().Property.ReceivedURL; now != property {
			t.Errorf("the property system of the demo was at %s and is at %s", property, now)
		}
		w.resolve()
		w.again(before)
	}
	if unsure == 0 {
		t.Error("no kill hit a request under way: the test shows nothing")
	}
	w.book.allowRefusals(t)
	t.Logf("%d kills: %d scans acknowledged, %d asked again after an unknown outcome; ready again within %v", rounds, len(w.book.answered), unsure, slowest)
	w.obey()
	w.sealed()
}
