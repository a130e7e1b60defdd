package gm

import (
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	totpPeriod = 30 // seconds
	totpDigits = otp.DigitsSix
	// totpSecretSize is the digest size of SHA-1, as RFC 4226, 4 advises.
	totpSecretSize = 20
	// minTOTPText is 128 bits in base32, the least that RFC 4226, 4 admits. Anybody
	// can compute the codes of an empty secret.
	minTOTPText = 26
)

// NewTOTPSecret draws 160 bits, in 32 characters of base32.
func NewTOTPSecret() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random(totpSecretSize))
}

// CheckTOTP reports whether code is right for the secret (RFC 6238: 30 s, SHA-1,
// 6 digits) in the present step, the one before or the one after, and in which.
// The caller stores the step and accepts only a higher one next time: the
// standard wants each code to work once.
func CheckTOTP(secret, code string, now time.Time) (step int64, ok bool) {
	if len(secret) < minTOTPText || len(code) != totpDigits.Length() {
		return 0, false
	}
	present := now.Unix() / totpPeriod
	for s := max(present-1, 0); s <= present+1; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{
			Digits: totpDigits, Algorithm: otp.AlgorithmSHA1,
		})
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// TOTPURI is the text of the QR code that authenticator apps scan, in Google's
// key URI format. Issuer and account are shown to the person.
func TOTPURI(issuer, account, secret string) string {
	return "otpauth://totp/" + uriEscape(issuer) + ":" + uriEscape(account) +
		"?secret=" + uriEscape(secret) + "&issuer=" + uriEscape(issuer) +
		"&algorithm=SHA1&digits=6&period=30"
}

// uriEscape writes a space as %20: some apps show the plus of a query as it is.
func uriEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
