package gm

import (
	"encoding/base64"
	"strconv"
)

// JWK is an SM2 public key in the form of RFC 7517 and RFC 7518, 6.2. IANA has
// registered neither the curve "SM2" nor the algorithm "SM2SM3"; these are the
// names in use.
type JWK struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	KeyID     string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
}

// JWK is the public half; its kid is the number in decimal, as in codes and
// tokens, unique in its community or among the platform's keys.
func (k *SM2Key) JWK() JWK {
	b64 := base64.RawURLEncoding
	return JWK{
		KeyType: "EC", Curve: "SM2", Use: "sig", Algorithm: "SM2SM3",
		KeyID: strconv.Itoa(int(k.Number)),
		X:     b64.EncodeToString(k.public[1 : 1+coordinateSize]),
		Y:     b64.EncodeToString(k.public[1+coordinateSize:]),
	}
}
