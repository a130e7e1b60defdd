//go:build bench

package bench

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/service"

	"github.com/emmansun/gmsm/sm2"
	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"
)

// raw is gmsm alone, on a digest made beforehand.
type raw struct {
	key         *sm2.PrivateKey
	digest, der []byte
}

func newRaw(t testing.TB) *raw {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	digest := make([]byte, 32)
	der, err := sm2.SignASN1(rand.Reader, key, digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &raw{key, digest, der}
}

// offline is what a gate knows by itself: a key and its groups.
type offline struct {
	verifier *passcode.Verifier
	group    admission.Group
}

func (o *offline) Key(uint16) (*passcode.Verifier, bool) { return o.verifier, true }
func (o *offline) Pass(uint64) (admission.Pass, admission.Knowledge) {
	return admission.Pass{}, admission.Unlisted
}
func (o *offline) Group(uint16) (*admission.Group, bool) { return &o.group, true }
func (o *offline) Used(admission.UseKey) bool            { return false }
func (o *offline) Admitted(admission.QuotaKey) int       { return 0 }
func (o *offline) Inside(uint64, string) bool            { return false }

func TestDecideOffline(t *testing.T) {
	r, curve := newRig(t, 1), newRaw(t)
	facts := &offline{verifier: r.verifier, group: admission.Group{All: true}}
	now := r.Clock.Now()
	q := admission.Question{Code: r.code(t, r.passes[0]), Direction: admission.In, ScannedAt: now, ClockOffsetKnown: true}
	gate := admission.Gate{ID: r.Garden.Entrance.ID, Community: r.Garden.Number, Perimeter: "site"}
	rules := admission.Rules{Version: 1}
	ratios, detail := inTurn(11, 2000, func() {
		if d := admission.Decide(q, &gate, &rules, facts, now, false); d.Reason != admission.ReasonOK {
			t.Fatal(d.Reason)
		}
	}, func() {
		if !sm2.VerifyASN1(&curve.key.PublicKey, curve.digest, curve.der) {
			t.Fatal("refused")
		}
	})
	target, meets := atMost(1.25)
	publish(figure{"verify+decide/sm2-verify", ratios, target, meets, detail})
}

func TestIssueCode(t *testing.T) {
	r, curve := newRig(t, 1), newRaw(t)
	caller := &model.Caller{Kind: model.CallerPerson, PersonID: r.passes[0].PersonID}
	ratios, detail := inTurn(11, 2000, func() {
		r.Clock.Advance(passcode.StepSeconds * time.Second)
		if issued, err := r.server.Services.Codes.Issue(t.Context(), caller, r.passes[0].ID, 1); err != nil || len(issued.Codes) != 1 {
			t.Fatal(err)
		}
	}, func() {
		if _, err := sm2.SignASN1(rand.Reader, curve.key, curve.digest, nil); err != nil {
			t.Fatal(err)
		}
	})
	target, meets := atMost(1.3)
	publish(figure{"issue/sm2-sign", ratios, target, meets, detail})
}

const (
	fetchRounds      = 7
	fetchConnections = 32
	fetches          = 20_000
)

// TestFetchCode is a phone's fetch through everything against the least that gin
// can answer.
func TestFetchCode(t *testing.T) {
	r := newRig(t, 1)
	engine := gin.New()
	engine.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "hello") })
	ours, hello := site(t, r.server.Handler), site(t, engine)
	fetch := repeated(rawRequest(http.MethodPost, "/v1/me/passes/"+r.passes[0].ID+"/codes", r.personToken(t), ""))
	greet := repeated(rawRequest(http.MethodGet, "/", "", ""))
	var ratios, a, b []float64
	for round := range fetchRounds {
		var pair [2]load
		for i := range 2 {
			if (i+round)%2 == 0 {
				pair[0] = shoot(t, ours, fetchConnections, fetch, `"step_seconds":30`)
			} else {
				pair[1] = shoot(t, hello, fetchConnections, greet, "hello")
			}
		}
		a, b = append(a, pair[0].perSecond), append(b, pair[1].perSecond)
		ratios = append(ratios, a[round]/b[round])
	}
	target, meets := atLeast(0.5)
	publish(figure{"fetch-code/gin-hello", ratios, target, meets, fmt.Sprintf("%.4g/s to %.4g/s", median(a), median(b))})
}

func repeated(request []byte) [][]byte {
	out := make([][]byte, fetches)
	for i := range out {
		out[i] = request
	}
	return out
}

// personToken is an access token as signing in would give it.
func (r *rig) personToken(t testing.TB) string {
	t.Helper()
	now := r.Clock.Now()
	token, err := r.Directory.Ring().SignToken(jwt.MapClaims{"iss": "communitypass", "aud": "api", "sub": r.passes[0].PersonID,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(service.AccessTokenLife).Unix(),
		"sid": r.ID(), "acc": r.ID(), "kind": string(model.CallerPerson)}, "at+jwt")
	if err != nil {
		t.Fatal(err)
	}
	return token
}
