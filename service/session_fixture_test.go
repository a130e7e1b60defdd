package service_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"

	"github.com/pquerna/otp/totp"
)

const (
	appID     = "wx0000000000000001"
	goodWords = "Plum-Tree-River-7"
)

// Addresses: two of one network, and one elsewhere.
var (
	office     = netip.MustParseAddr("203.0.113.7")
	nextDesk   = netip.MustParseAddr("203.0.113.9")
	elsewhere  = netip.MustParseAddr("198.51.100.1")
	elsewhere6 = netip.MustParseAddr("2001:db8:1:2::5")
)

// wechatBy is WeChat as a map of codes to openids; other codes are invalid.
type wechatBy map[string]string

func (w wechatBy) Login(_ context.Context, code string) (string, string, error) {
	if id, ok := w[code]; ok {
		return id, "union-" + id, nil
	}
	return "", "", model.Fail(model.CodeWechatCodeInvalid)
}

// desk is a house with sign-in and staff.
type desk struct {
	*testkit.House
	Sessions *service.Sessions
	Staff    *service.Staff
	words    *service.Passwords
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	h := testkit.NewHouse(t)
	words := service.NewPasswords()
	return &desk{House: h, words: words, Staff: service.NewStaff(h.Deps, words),
		Sessions: service.NewSessions(h.Deps, wechatBy{"zhang": "o-zhang", "li": "o-li"}, appID, words)}
}

// officer is a stored account with its secrets in clear.
type officer struct {
	model.StaffAccount
	grants []model.Grant
}

// officer stores an account with one role. Its password is goodWords.
func (d *desk) officer(t testing.TB, username string, r model.Role, k model.ScopeKind, scopeID string) officer {
	t.Helper()
	return d.officerOf(t, username, model.Grant{Role: r, ScopeKind: k, ScopeID: scopeID})
}

// officerOf is officer with any number of roles.
func (d *desk) officerOf(t testing.TB, username string, grants ...model.Grant) officer {
	t.Helper()
	p := d.Person(t, "王"+username, "13900000000")
	o := officer{grants: grants, StaffAccount: model.StaffAccount{ID: d.ID(), PersonID: p.ID, Username: username, PasswordHash: goodHash(t),
		State: model.StateActive, CreatedBy: "test", CreatedAt: model.Millis(d.Clock.Now())}}
	var rows []model.StaffGrant
	for _, g := range grants {
		if row, _ := g.Role.Row(); row.NeedsTOTP {
			o.TOTPSecret = gm.NewTOTPSecret()
		}
		rows = append(rows, model.StaffGrant{StaffID: o.ID, Role: g.Role, ScopeKind: g.ScopeKind, ScopeID: g.ScopeID, GrantedBy: "test"})
	}
	d.Update(t, func(tx *store.Tx) error { return tx.CreateStaff(o.StaffAccount, rows) })
	return o
}

// derive makes the digest of goodWords once: it is made to be slow.
var derive = sync.OnceValues(func() (string, error) { return gm.HashPassword(goodWords) })

func goodHash(t testing.TB) string {
	t.Helper()
	hash, err := derive()
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// caller is the officer after a sign-in, without one.
func (o officer) caller() *model.Caller {
	return &model.Caller{Kind: model.CallerStaff, AccountID: o.ID, PersonID: o.PersonID, Grants: o.grants}
}

// code is what the officer's authenticator shows now.
func (d *desk) code(t testing.TB, o officer) string {
	t.Helper()
	code, err := totp.GenerateCode(o.TOTPSecret, d.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enter signs an officer in, who must succeed, in a fresh step of the authenticator.
func (d *desk) enter(t testing.TB, o officer) service.SignedIn {
	t.Helper()
	d.Clock.Advance(time.Minute)
	in := service.StaffCredentials{Username: o.Username, Password: goodWords}
	if o.TOTPSecret != "" {
		in.TOTP = d.code(t, o)
	}
	out, err := d.Sessions.SignInStaff(t.Context(), in, office)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// resident signs a resident in, who must succeed.
func (d *desk) resident(t testing.TB, code string) service.SignedIn {
	t.Helper()
	out, err := d.Sessions.SignInWechat(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// who is whom the access token stands for now, or the refusal.
func (d *desk) who(in service.SignedIn) (*model.Caller, error) {
	return d.Sessions.Authenticate(context.Background(), in.AccessToken)
}

// acts lists the actions in the audit log, newest first, with their targets.
func (d *desk) acts(t testing.TB) string {
	t.Helper()
	entries, err := d.Store.View(t.Context()).AuditEntries("", "", 200)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(e.Action + " ")
	}
	return b.String()
}

// together runs n calls at once and counts the codes that they answer; "" is success.
func together(n int, call func(i int) error) map[model.Code]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	codes := map[model.Code]int{}
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			err := call(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				codes[""]++
			} else {
				codes[model.CodeOf(err)]++
			}
		})
	}
	close(start)
	wg.Wait()
	return codes
}

// name gives a stored person a name.
func (d *desk) name(t testing.TB, personID, name string) {
	t.Helper()
	d.Update(t, func(tx *store.Tx) error { return tx.SavePerson(model.Person{ID: personID, Name: name}) })
}
