package httpsig

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/dunglas/httpsfv"
)

// Signer is a device that signs what it asks.
type Signer struct {
	// KeyID is the device's id.
	KeyID string
	// Sign makes the value of the signature over a base.
	Sign func(base []byte) ([]byte, error)
	// Now is the server's time as far as the device knows it.
	Now func() time.Time
	// Nonce makes a value that no other request of the device has; nil draws one.
	Nonce func() string
}

// Into signs a request with its body, nil for none. Its Authorization must be there
// already, and what is covered must not change afterwards.
func (s *Signer) Into(r *http.Request, body []byte) error {
	names := always
	if len(body) > 0 {
		text, err := contentDigest(body)
		if err != nil {
			return err
		}
		r.Header.Set(fieldDigest, text)
		names = append(names[:len(names):len(names)], digest)
	}
	input := httpsfv.InnerList{Params: httpsfv.NewParams()}
	for _, name := range names {
		input.Items = append(input.Items, httpsfv.NewItem(name))
	}
	input.Params.Add("created", s.Now().Unix())
	input.Params.Add("nonce", s.nonce())
	input.Params.Add("keyid", s.KeyID)
	input.Params.Add("alg", Algorithm)
	input.Params.Add("tag", Tag)
	text, err := base(r, input)
	if err != nil {
		return err
	}
	value, err := s.Sign(text)
	if err != nil {
		return err
	}
	return s.write(r, input, value)
}

func (s *Signer) write(r *http.Request, input httpsfv.InnerList, value []byte) error {
	inputs, values := httpsfv.NewDictionary(), httpsfv.NewDictionary()
	inputs.Add(label, input)
	values.Add(label, httpsfv.NewItem(value))
	text, err := httpsfv.Marshal(inputs)
	if err != nil {
		return err
	}
	r.Header.Set(fieldInput, text)
	if text, err = httpsfv.Marshal(values); err != nil {
		return err
	}
	r.Header.Set(fieldSignature, text)
	return nil
}

// nonceBytes make it unlikely that two requests ever have the same nonce.
const nonceBytes = 16

func (s *Signer) nonce() string {
	if s.Nonce != nil {
		return s.Nonce()
	}
	b := make([]byte, nonceBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
