package httpsig

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/dunglas/httpsfv"
)

const (
	// Algorithm is SM2 with SM3 (GB/T 32918.2) over the signature base, as r ‖ s of 64
	// bytes. IANA's registry has no name for it, so that this one is ours.
	Algorithm = "sm2-sm3"
	// Tag says which of several signatures of a request is meant for us.
	Tag = "communitypass-gate"

	label = "gate"

	fieldInput     = "Signature-Input"
	fieldSignature = "Signature"
	fieldDigest    = "Content-Digest"
	digestName     = "sha-256"
)

// Components that a request's signature covers: what it asks for and by which
// credential; with a body, its digest too. The authority is left out, since proxies
// change it; keyid already says at which server the signature means anything.
const (
	method        = "@method"
	path          = "@path"
	query         = "@query"
	authorization = "authorization"
	digest        = "content-digest"
)

var always = []string{method, path, query, authorization}

// ErrUncovered says that a signature covers what it must not, or not what it must.
var ErrUncovered = errors.New("the signature does not cover the right parts of the request")

// base is the signature base (RFC 9421, 2.5) over the components that the input names.
func base(r *http.Request, input httpsfv.InnerList) ([]byte, error) {
	var b strings.Builder
	for _, name := range named(input) {
		value, ok := component(r, name)
		if !ok {
			return nil, ErrUncovered
		}
		b.WriteString(`"` + name + `": ` + value + "\n")
	}
	parameters, err := httpsfv.Marshal(input)
	if err != nil {
		return nil, err
	}
	b.WriteString(`"@signature-params": ` + parameters)
	return []byte(b.String()), nil
}

// named are the components of an input; what has parameters, which none of ours has,
// is named "".
func named(input httpsfv.InnerList) []string {
	out := make([]string, len(input.Items))
	for i, item := range input.Items {
		if name, ok := item.Value.(string); ok && (item.Params == nil || len(item.Params.Names()) == 0) {
			out[i] = name
		}
	}
	return out
}

func component(r *http.Request, name string) (value string, ok bool) {
	switch name {
	case method:
		return r.Method, true
	case path:
		return r.URL.EscapedPath(), r.URL.EscapedPath() != ""
	case query:
		return "?" + r.URL.RawQuery, true
	case authorization, digest:
		return field(r, name)
	}
	return "", false
}

// field is the value of a field as RFC 9421, 2.1 combines its lines.
func field(r *http.Request, name string) (string, bool) {
	lines := r.Header.Values(name)
	trimmed := make([]string, len(lines))
	for i, line := range lines {
		trimmed[i] = strings.Trim(line, " \t")
	}
	return strings.Join(trimmed, ", "), len(lines) > 0
}

// covers says whether the components are those that must be covered, each once.
func covers(names []string, body bool) bool {
	for _, name := range always {
		if !slices.Contains(names, name) {
			return false
		}
	}
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) == len(names) && (!body || slices.Contains(names, digest))
}

// contentDigest is the Content-Digest of a body.
func contentDigest(body []byte) (string, error) {
	sum := sha256.Sum256(body)
	d := httpsfv.NewDictionary()
	d.Add(digestName, httpsfv.NewItem(sum[:]))
	return httpsfv.Marshal(d)
}
