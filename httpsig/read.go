package httpsig

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/dunglas/httpsfv"
)

// longestField bounds what is read of one field: ours have some 300 bytes.
const longestField = 4 << 10

var (
	// ErrNone says that a request has no signature for us.
	ErrNone = errors.New("the request is not signed")
	// ErrBroken says that the fields of a signature cannot be read.
	ErrBroken = errors.New("the fields of the signature cannot be read")
	// ErrDigest says that the body is not the one whose digest is there.
	ErrDigest = errors.New("the body is not the one of the digest")
)

// Signature is what a request says of its signature. Nothing of it holds before Value
// was verified over Base by the key of KeyID.
type Signature struct {
	KeyID   string
	Created time.Time
	Base    []byte
	Value   []byte
}

// Read reads the signature of a request with its whole body, and checks what needs no
// key: that it covers what it must, and that the body is that of the digest. Errors:
// ErrNone, ErrBroken, ErrUncovered, ErrDigest.
func Read(r *http.Request, body []byte) (*Signature, error) {
	name, input, err := ours(r.Header.Values(fieldInput))
	if err != nil {
		return nil, err
	}
	out := &Signature{}
	if out.Value, err = bytesOf(r.Header.Values(fieldSignature), name); err != nil {
		return nil, err
	}
	created, isTime := parameter[int64](input, "created")
	algorithm, _ := parameter[string](input, "alg")
	var isID bool
	if out.KeyID, isID = parameter[string](input, "keyid"); !isID || !isTime || algorithm != Algorithm {
		return nil, ErrBroken
	}
	out.Created = time.Unix(created, 0)
	names := named(input)
	if !covers(names, len(body) > 0) {
		return nil, ErrUncovered
	}
	if slices.Contains(names, digest) { // a body that was taken away is changed, too
		sum := sha256.Sum256(body)
		if said, err := bytesOf(r.Header.Values(fieldDigest), digestName); err != nil || !bytes.Equal(said, sum[:]) {
			return nil, ErrDigest
		}
	}
	out.Base, err = base(r, input)
	return out, err
}

// ours finds the input that has our tag.
func ours(lines []string) (name string, input httpsfv.InnerList, err error) {
	d, err := dictionary(lines)
	if err != nil {
		return "", input, err
	}
	for _, name := range d.Names() {
		member, _ := d.Get(name)
		if list, ok := member.(httpsfv.InnerList); ok {
			if tag, _ := parameter[string](list, "tag"); tag == Tag {
				return name, list, nil
			}
		}
	}
	return "", input, ErrNone
}

func dictionary(lines []string) (*httpsfv.Dictionary, error) {
	length := 0
	for _, line := range lines {
		length += len(line)
	}
	switch {
	case length == 0:
		return nil, ErrNone
	case length > longestField:
		return nil, ErrBroken
	}
	d, err := httpsfv.UnmarshalDictionary(lines)
	if err != nil {
		return nil, ErrBroken
	}
	return d, nil
}

// bytesOf is the byte sequence of one member of a field.
func bytesOf(lines []string, name string) ([]byte, error) {
	d, err := dictionary(lines)
	if err != nil {
		return nil, ErrBroken
	}
	member, _ := d.Get(name)
	if item, ok := member.(httpsfv.Item); ok {
		if value, ok := item.Value.([]byte); ok {
			return value, nil
		}
	}
	return nil, ErrBroken
}

func parameter[T any](list httpsfv.InnerList, name string) (T, bool) {
	var none T
	if list.Params == nil {
		return none, false
	}
	value, _ := list.Params.Get(name)
	out, ok := value.(T)
	return out, ok
}
