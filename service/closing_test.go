package service_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// leaver is 王芳 with a home, a WeChat account, a session, a message, a consent,
// and a child whom only she carries.
type leaver struct {
	*estate
	*model.Caller
	residency service.ResidencyView
	child     model.Person
	book      *store.TombstoneFile
	closings  *service.Closings
}

const leaverOpenID = "openid-of-wang"

func newLeaver(t testing.TB) *leaver {
	t.Helper()
	e := newEstate(t)
	l := &leaver{estate: e, Caller: e.resident(t, "王芳", phoneWang), book: store.NewTombstoneFile(filepath.Join(t.TempDir(), "tombstones.log"))}
	l.closings = service.NewClosings(e.Deps, l.book)
	l.residency = e.mustClaim(t, l.Caller, e.wang(), model.ResidencyActive)
	l.child = e.Person(t, "王小小", "13800000077")
	e.Pass(t, e.Garden, l.child)
	now := model.Millis(e.Clock.Now())
	recipient := e.Recipient(t, e.Garden)
	e.Update(t, func(tx *store.Tx) error {
		for _, err := range []error{
			tx.CreateWechatAccount(model.WechatAccount{ID: l.AccountID, AppID: "wx", OpenID: leaverOpenID, PersonID: l.PersonID, CreatedAt: now}),
			tx.CreateSession(model.Session{ID: l.SessionID, Kind: string(model.CallerPerson), AccountID: l.AccountID, PersonID: l.PersonID, CreatedAt: now, ExpiresAt: now + 1e9}),
			tx.CreateMessage(model.Message{ID: e.ID(), PersonID: l.PersonID, Template: "t", Params: map[string]string{"who": "张三"}, CreatedAt: now}),
			tx.CreateConsent(model.Consent{ID: e.ID(), PersonID: l.PersonID, Purpose: model.ConsentSharing, TextVersion: "1", TextHash: make([]byte, 32), Channel: "web", GivenAt: now}),
			tx.CreateDependant(model.Dependant{ID: e.ID(), CommunityID: e.Garden.ID, HouseholdID: e.home.ID, CarerID: l.PersonID, PersonID: l.child.ID, Relation: "child", CreatedAt: now}),
			tx.InsertKeyUse(model.IdempotencyKey{Caller: l.AccountID, KeyHash: "k", RequestDigest: "d", CreatedAt: now, ExpiresAt: now + 1e9}),
			tx.Emit([]model.Delivery{{ID: e.ID(), RecipientID: recipient, CommunityID: e.Garden.ID, Type: model.EventResidencyChanged, Subject: l.residency.ID, OccurredAt: now,
				Body: `{"building":"3","person_id":"` + l.PersonID + `","status":"active"}`}}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	return l
}

// keeps lists the tables in which a text stands, looked for in every column.
func keeps(t testing.TB, db *sql.DB, mysql bool, text string) []string {
	t.Helper()
	query := "SELECT m.name, p.name FROM sqlite_master AS m, pragma_table_info(m.name) AS p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
	if mysql {
		query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
	}
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	var all [][2]string
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	_ = rows.Close()
	var out []string
	for _, c := range all {
		var n int
		if err := db.QueryRow(fmt.Sprintf("SELECT COUNT(*) FROM `%s` WHERE `%s` LIKE ?", c[0], c[1]), "%"+text+"%").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			out = append(out, c[0]+"."+c[1])
		}
	}
	slices.Sort(out)
	return out
}

func TestClosingLeavesNothingOfThePerson(t *testing.T) {
	l := newLeaver(t)
	db, mysql := l.Probe(t), l.Store.Dialect() == store.MySQL
	if before := keeps(t, db, mysql, l.PersonID); !slices.Contains(before, "residencies.person_id") || !slices.Contains(before, "outbox.body") {
		t.Fatalf("the test looks in the wrong place: %v", before)
	}
	pass := l.passes(t, l.Caller)[0]
	if err := l.closings.Close(t.Context(), l.Caller); err != nil {
		t.Fatal(err)
	}
	// What is left names an id that leads nowhere: proof, logs by law, and machinery.
	want := []string{"audit_log.target_id", "changes.ref", "consents.person_id", "data_keys.subject_id", "persons.id", "tombstones.subject_id"}
	if got := keeps(t, db, mysql, l.PersonID); !slices.Equal(got, want) {
		t.Errorf("the person is named in %v\nwant %v", got, want)
	}
	for _, who := range []string{l.PersonID, l.child.ID} {
		if _, err := l.Store.View(t.Context()).Person(who); !model.IsNotFound(err) {
			t.Errorf("a person can be read: %v", err)
		}
		var wrapped []byte
		var destroyed int64
		if err := db.QueryRow("SELECT wrapped, destroyed_at FROM data_keys WHERE subject_id = ?", who).Scan(&wrapped, &destroyed); err != nil || wrapped != nil || destroyed == 0 {
			t.Errorf("the key lives: %v %v %v", wrapped, destroyed, err)
		}
	}
	got, err := l.Store.View(t.Context()).PassByNumber(pass.Number)
	if err != nil || got.State != model.PassWithdrawn || got.Building != "" || got.PersonID == l.PersonID {
		t.Errorf("the pass is %+v, %v", got, err)
	}
	if l.Directory.SessionAlive(l.SessionID) {
		t.Error("the sign-in goes on")
	}
	if _, err := l.Store.View(t.Context()).WechatAccount("wx", leaverOpenID); !model.IsNotFound(err) {
		t.Errorf("the account is there: %v", err)
	}
	refusedAs(t, l.closings.Close(t.Context(), l.Caller), model.CodeNotFound)
	// A new person with the same phone matches the roster again.
	again := l.resident(t, "王芳", phoneWang)
	l.mustClaim(t, again, l.wang(), model.ResidencyActive)
}

// However often the button is pressed, one closing happens.
func TestClosingHappensOnce(t *testing.T) {
	l := newLeaver(t)
	errs := make([]error, 8)
	var done sync.WaitGroup
	for i := range errs {
		done.Go(func() { errs[i] = l.closings.Close(t.Context(), l.Caller) })
	}
	done.Wait()
	ok := 0
	for _, err := range errs {
		if err == nil {
			ok++
		} else if !model.IsNotFound(err) {
			t.Error(err)
		}
	}
	if ok != 1 {
		t.Errorf("closed %d times", ok)
	}
}

func TestADependantWhomAnotherCarriesStays(t *testing.T) {
	l := newLeaver(t)
	other := l.resident(t, "李雷", phoneLi)
	l.Update(t, func(tx *store.Tx) error {
		return tx.CreateDependant(model.Dependant{ID: l.ID(), CommunityID: l.Garden.ID, HouseholdID: l.home.ID, CarerID: other.PersonID, PersonID: l.child.ID, Relation: "child", CreatedAt: 1})
	})
	if err := l.closings.Close(t.Context(), l.Caller); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Store.View(t.Context()).Person(l.child.ID); err != nil {
		t.Error(err)
	}
}

// A backup from before the deletion is restored: the person is gone again before
// anybody is answered, even though the database knows nothing of it.
func TestARestoredBackupBringsNobodyBack(t *testing.T) {
	l := newLeaver(t)
	if l.Store.Dialect() != store.SQLite {
		t.Skip("restores a file")
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, err := l.Probe(t).Exec("VACUUM INTO ?", backup); err != nil {
		t.Fatal(err)
	}
	if err := l.closings.Close(t.Context(), l.Caller); err != nil {
		t.Fatal(err)
	}
	restored, err := store.Open(t.Context(), store.Config{DSN: backup}, l.Clock)
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	d := service.Deps{Store: restored, Clock: l.Clock, Directory: service.NewDirectory(restored, l.Master), Log: l.Deps.Log}
	if err := d.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p, err := restored.View(t.Context()).Person(l.PersonID); err != nil || p.Name != "王芳" {
		t.Fatalf("the backup does not hold her: %v", err)
	}
	closings := service.NewClosings(d, store.NewTombstoneFile(bookPath(t, l)))
	for i, want := range []int{2, 0} {
		if n, err := closings.Reapply(t.Context()); err != nil || n != want {
			t.Errorf("pass %d: %d, %v", i, n, err)
		}
	}
	for _, who := range []string{l.PersonID, l.child.ID} {
		if _, err := restored.View(t.Context()).Person(who); !model.IsNotFound(err) {
			t.Errorf("somebody came back: %v", err)
		}
	}
	if stones, err := restored.View(t.Context()).Tombstones(0); err != nil || len(stones) != 2 {
		t.Errorf("%d tombstones, %v", len(stones), err)
	}
}

// bookPath is a copy of the leaver's book, as a new process would read it.
func bookPath(t testing.TB, l *leaver) string {
	t.Helper()
	all, err := l.book.All()
	if err != nil || len(all) != 2 {
		t.Fatalf("%d in the book, %v", len(all), err)
	}
	path := filepath.Join(t.TempDir(), "tombstones.log")
	if err := store.NewTombstoneFile(path).Add(all...); err != nil {
		t.Fatal(err)
	}
	return path
}

// What one replica deleted, another has in its book, and it forgets the opened key.
func TestOtherReplicasLearnOfADeletion(t *testing.T) {
	l := newLeaver(t)
	second := mustDo[*store.Store](t)(store.Open(t.Context(), store.Config{DSN: l.DSN}, l.Clock))
	defer second.Close()
	d := service.Deps{Store: second, Clock: l.Clock, Directory: service.NewDirectory(second, l.Master), Log: l.Deps.Log}
	feed := mustDo[*service.Feed](t)(service.NewFeed(t.Context(), d))
	if err := d.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	tell := func() error {
		return second.Update(t.Context(), func(tx *store.Tx) error {
			return tx.CreateMessage(model.Message{ID: l.ID(), PersonID: l.PersonID, Template: "t", Params: map[string]string{"who": "张三"}, CreatedAt: 1})
		})
	}
	book := store.NewTombstoneFile(filepath.Join(t.TempDir(), "other.log"))
	other := service.NewClosings(d, book)
	if err := tell(); err != nil {
		t.Fatal(err)
	}
	if err := l.closings.Close(t.Context(), l.Caller); err != nil {
		t.Fatal(err)
	}
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, tell(), model.CodeNotFound)
	if err := other.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err := book.All(); err != nil || len(all) != 2 {
		t.Errorf("%d in the other book, %v", len(all), err)
	}
}

// Nobody's sealed bytes are left in the file once the key is destroyed and the log
// is folded in; the wrapped key is gone from it too.
func TestTheDestroyedKeyIsNotInTheFile(t *testing.T) {
	l := newLeaver(t)
	if l.Store.Dialect() != store.SQLite {
		t.Skip("reads the file")
	}
	db := l.Probe(t)
	var wrapped, name []byte
	if err := db.QueryRow("SELECT k.wrapped, p.name_ct FROM data_keys AS k, persons AS p WHERE k.subject_id = ? AND p.id = ?", l.PersonID, l.PersonID).Scan(&wrapped, &name); err != nil {
		t.Fatal(err)
	}
	find := func() int {
		if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, suffix := range []string{"", "-wal"} {
			content, err := os.ReadFile(l.DSN + suffix)
			if err != nil && suffix == "" {
				t.Fatal(err)
			}
			n += bytes.Count(content, wrapped) + bytes.Count(content, name)
		}
		return n
	}
	if find() < 2 {
		t.Fatal("the test looks in the wrong place")
	}
	if err := l.closings.Close(t.Context(), l.Caller); err != nil {
		t.Fatal(err)
	}
	if n := find(); n != 0 {
		t.Errorf("found %d times", n)
	}
}

// Who has no tie to any community is deleted thirty days after the last of them
// ended, to the millisecond.
func TestLoosePeopleGo(t *testing.T) {
	l := newLeaver(t)
	loose := l.Person(t, "路人", "13800000055")
	held := l.Person(t, "过客", "13800000056")
	pass := l.Pass(t, l.Garden, held)
	l.Clock.Advance(time.Hour)
	if _, err := l.Probe(t).Exec("UPDATE passes SET state = 'withdrawn', withdrawn_at = ? WHERE id = ?", model.Millis(l.Clock.Now()), pass.ID); err != nil {
		t.Fatal(err)
	}
	alive := func() string {
		if _, err := l.closings.EraseLoose(t.Context()); err != nil {
			t.Fatal(err)
		}
		var out []string
		for name, id := range map[string]string{"carer": l.PersonID, "child": l.child.ID, "loose": loose.ID, "held": held.ID} {
			if _, err := l.Store.View(t.Context()).Person(id); err == nil {
				out = append(out, name)
			}
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{30*24*time.Hour - time.Hour, "carer child held loose"},
		{time.Millisecond, "carer child held"},
		{time.Hour - time.Millisecond, "carer child held"},
		{time.Millisecond, "carer child"},
	} {
		l.Clock.Advance(c.after)
		if got := alive(); got != c.want {
			t.Errorf("left are %s, want %s", got, c.want)
		}
	}
}
