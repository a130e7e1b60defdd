//go:build bench && scale

package bench

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"

	"github.com/go-sql-driver/mysql"
)

// town is a community grown large: people with homes and passes, and two months of
// passages behind them.
type town struct {
	*rig
	db                  *sql.DB
	residents, passages int
	// walker holds the pass of every tenth passage.
	walker model.Pass
	// integrator may see what was sent to the recipient.
	integrator  *model.Caller
	recipientID string
}

const (
	surnames   = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
	givenNames = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂"
)

// Every twentieth resident has the same name.
const commonName, commonInitials = "王伟", "ww"

// nameOf is a name that many others share.
func nameOf(i int) string {
	if i%20 == 0 {
		return commonName
	}
	s, g := []rune(surnames), []rune(givenNames)
	return string(s[i%len(s)]) + string(g[i/len(s)%len(g)]) + string(g[i/len(s)/len(g)%len(g)])
}

// settle stores people, four to a home, each with a residency and a pass.
func (n *town) settle(t *testing.T, residents int) {
	const chunk = 2000
	for n.residents < residents {
		upto := min(n.residents+chunk, residents)
		err := n.Store.Update(context.Background(), func(tx *store.Tx) error {
			var home model.Household
			for ; n.residents < upto; n.residents++ {
				if i := n.residents; i%4 == 0 {
					home = model.Household{ID: n.ID(), CommunityID: n.Garden.ID, Building: fmt.Sprint(i/4/200 + 1), Unit: fmt.Sprint(i/4/100%2 + 1),
						Room: fmt.Sprint(101 + i/4%100), CreatedAt: model.Millis(n.Clock.Now())}
					if err := tx.CreateHousehold(home); err != nil {
						return err
					}
				}
				if err := n.moveIn(tx, home, n.residents); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		n.tell("residents", n.residents, residents)
	}
}

func (n *town) moveIn(tx *store.Tx, home model.Household, i int) error {
	now := model.Millis(n.Clock.Now())
	person := model.Person{ID: n.ID(), Name: nameOf(i), Phone: fmt.Sprintf("139%08d", i), CreatedAt: now}
	if err := tx.CreatePerson(person); err != nil {
		return err
	}
	r := model.Residency{ID: n.ID(), CommunityID: home.CommunityID, HouseholdID: home.ID, PersonID: person.ID, Relation: "family",
		Status: model.ResidencyActive, CreatedAt: now, DecidedAt: now}
	if err := tx.CreateResidency(r); err != nil {
		return err
	}
	if err := tx.IndexName(r, person.Name); err != nil {
		return err
	}
	pass := model.Pass{ID: n.ID(), Number: model.NewPassNumber(), CommunityID: home.CommunityID, PersonID: person.ID, ResidencyID: r.ID,
		Kind: "resident", AccessGroup: 1, Building: home.Building, State: model.PassActive, ValidFrom: now, CreatedAt: now}
	n.passes = append(n.passes, pass)
	if i == 0 {
		n.walker = pass
	}
	return tx.CreatePass(pass)
}

// span is over how long the passages lie: half of them are older than the month
// for which they are kept.
const span = 60 * 24 * time.Hour

// walk stores passages up to so many, evenly over the last two months, oldest first.
func (n *town) walk(t *testing.T, passages, of int) {
	began, step := n.Clock.Now().Add(-span), span/time.Duration(of)
	for n.passages < passages {
		upto := min(n.passages+250_000, passages)
		reader, writer := io.Pipe()
		go func() {
			out := bufio.NewWriterSize(writer, 1<<20)
			for i := n.passages; i < upto; i++ {
				at := began.Add(time.Duration(i) * step)
				ms := model.Millis(at)
				direction, gate := "in", n.Garden.Entrance.ID
				if i%2 == 1 {
					direction, gate = "out", n.Garden.Back.ID
				}
				number := n.walker.Number
				if i%10 > 0 {
					number = n.passes[i*7919%len(n.passes)].Number
				}
				fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\tresident\t%s\tsite\t%d\tadmit\tok\t1\t\t1\t0\t0\t\t%d\t%d\tpassed\t%d\t\n", model.NewID(at), n.Garden.ID, gate, gate,
					number, direction, i, ms, ms, ms)
			}
			writer.CloseWithError(out.Flush())
		}()
		mysql.RegisterReaderHandler("passages", func() io.Reader { return reader })
		if _, err := n.db.Exec("LOAD DATA LOCAL INFILE 'Reader::passages' INTO TABLE passages (id, community_id, gate_id, device_id, pass_number, kind, direction, perimeter, " +
			"window_no, decision, reason, rule_version, bundle_version, online, temperature_tenths, skew_seconds, code_digest, scanned_at, received_at, outcome, outcome_at, way)"); err != nil {
			t.Fatal(err)
		}
		n.passages = upto
		n.tell("passages", n.passages, passages)
	}
}

// live gives each resident a visit, its approval, an act in the audit log and an
// event for a recipient, with the id of the residency.
func (n *town) live(t *testing.T) {
	if n.recipientID == "" {
		n.recipientID = n.recipient(t, model.StatePaused, "http://127.0.0.1:1/").ID
		n.integrator = n.Manager(n.Garden)
		// What is in its stream comes from here alone.
		if _, err := n.db.Exec("UPDATE recipients SET event_types = '[]' WHERE id = ?", n.recipientID); err != nil {
			t.Fatal(err)
		}
	}
	for _, fill := range []struct{ table, columns, values string }{
		{"visits", "community_id, kind, origin, household_id, author_id, visitor_id, state, opens, chain, valid_from, valid_until, ends_at, created_at",
			"r.community_id, 'guest', 'invited', r.household_id, r.person_id, r.person_id, 'left', '{}', '{}', 1, 2, 2, r.created_at"},
		{"approvals", "community_id, kind, subject_id, step, answerer, author_id, state, created_at",
			"r.community_id, 'visit', r.id, 1, 'committee', r.person_id, 'approved', r.created_at"},
		{"audit_log", "at, community_id, actor_kind, actor_id, action, target_kind, target_id, detail, sealed",
			"r.created_at, r.community_id, 'staff', r.person_id, 'residency.approve', 'residency', r.id, '{}', 1"},
		{"outbox", "recipient_id, sequence, community_id, type, subject, occurred_at, body, state, next_at",
			"'" + n.recipientID + "', (SELECT COUNT(*) FROM outbox) + ROW_NUMBER() OVER (ORDER BY r.id), r.community_id, 'cn.communitypass.residency.changed', r.id, r.created_at, '{}', 'delivered', r.created_at"},
	} {
		_, err := n.db.Exec("INSERT INTO " + fill.table + " (id, " + fill.columns + ") SELECT r.id, " + fill.values +
			" FROM residencies AS r LEFT JOIN " + fill.table + " AS old ON old.id = r.id WHERE old.id IS NULL")
		if err != nil {
			t.Fatal(fill.table, err)
		}
		n.tell(fill.table, n.residents, n.residents)
	}
}

func (n *town) tell(what string, done, of int) {
	if of == 0 {
		fmt.Printf("scale %s: %d\n", what, done)
		return
	}
	fmt.Printf("scale %s %d of %d (%.0f %%)\n", what, done, of, 100*float64(done)/float64(of))
}

// driverForm turns mysql://user:password@host:port/name into the driver's form.
func driverForm(dsn string) string {
	rest := strings.TrimPrefix(dsn, "mysql://")
	at := strings.LastIndex(rest, "@")
	host, name, _ := strings.Cut(rest[at+1:], "/")
	return rest[:at] + "@tcp(" + host + ")/" + name
}
