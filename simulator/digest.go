package simulator

import (
	"fmt"
	"net/http"
	"sync"

	"communitypass.cn/communitypass/model"

	"github.com/icholy/digest"
)

// digestDoor lets requests in that are signed by one user (RFC 7616). A nonce counts
// once, as some devices have it.
type digestDoor struct {
	user, password, algorithm string

	mu      sync.Mutex
	nonces  map[string]bool
	refused int
}

func newDigestDoor(user, password, algorithm string) *digestDoor {
	return &digestDoor{user: user, password: password, algorithm: algorithm, nonces: map[string]bool{}}
}

// lets reports whether the request is signed; else it has been answered 401.
func (d *digestDoor) lets(w http.ResponseWriter, r *http.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if said, err := digest.ParseCredentials(r.Header.Get("Authorization")); err == nil && d.nonces[said.Nonce] && said.URI == r.URL.RequestURI() {
		delete(d.nonces, said.Nonce)
		want, err := digest.Digest(d.challenge(said.Nonce), digest.Options{Method: r.Method, URI: said.URI, Count: said.Nc, Cnonce: said.Cnonce,
			Username: d.user, Password: d.password})
		if err == nil && said.Username == d.user && want.Response == said.Response {
			return true
		}
		d.refused++
	}
	nonce := model.NewSecret("nonce")
	d.nonces[nonce] = true
	w.Header().Set("WWW-Authenticate", d.challenge(nonce).String())
	http.Error(w, "unauthorised", http.StatusUnauthorized)
	return false
}

func (d *digestDoor) challenge(nonce string) *digest.Challenge {
	return &digest.Challenge{Realm: "DS-K2604", Nonce: nonce, QOP: []string{"auth"}, Algorithm: d.algorithm}
}

// String is for a test's log.
func (d *digestDoor) String() string { return fmt.Sprintf("digest %s", d.algorithm) }
