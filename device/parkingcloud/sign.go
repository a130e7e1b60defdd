package parkingcloud

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// The clouds sign with MD5, which is what they can check; it guards no secret of
// ours. All signatures are compared without regard to case, as their makers print
// them, and in constant time.

// good reports whether a signature is one of those expected. All are looked at.
func good(given string, expected []string) bool {
	given = strings.ToLower(strings.TrimSpace(given))
	ok := 0
	for _, e := range expected {
		ok |= subtle.ConstantTimeCompare([]byte(given), []byte(strings.ToLower(e)))
	}
	return ok == 1
}

// md5Hex is the MD5 of a text, in hexadecimal.
func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// hmacBase64 is the HMAC-SHA256 of a text, in Base64.
func hmacBase64(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// pairs writes k=v&k=v in the order of the bytes of the names, without those to leave
// out and, unless empty is true, without values that are empty.
func pairs(values map[string]string, empty bool, without ...string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if slices.Contains(without, name) || values[name] == "" && !empty {
			continue
		}
		out = append(out, name+"="+values[name])
	}
	return strings.Join(out, "&")
}
