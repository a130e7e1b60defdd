package hc

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
)

// tokenLife is the protocol's: 7200 s.
const tokenLife = 2 * time.Hour

// token proves until a second that somebody knew the secret. Every replica can check
// it and none has to remember it; a changed secret ends all.
func token(r device.Request, until int64) string {
	end := strconv.FormatInt(until, 10)
	mac := hmac.New(sha256.New, []byte(r.Secret))
	mac.Write([]byte("hc access token\n" + r.Device + "\n" + end))
	return end + "-" + hex.EncodeToString(mac.Sum(nil))
}

// signedIn reports whether a request carries a token of ours that still holds.
func signedIn(r device.Request) bool {
	given := r.Header.Get("access_token")
	end, _, _ := strings.Cut(given, "-")
	until, err := strconv.ParseInt(end, 10, 64)
	if err != nil || r.Secret == "" || r.At.Unix() >= until || until > r.At.Add(tokenLife).Unix() {
		return false
	}
	return same(given, token(r, until))
}

// signIn answers getAccessToken.
func signIn(r device.Request) (device.Message, error) {
	if r.Method != http.MethodGet {
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	if r.Secret == "" || !same(r.Query.Get("appId"), r.AppID) || !same(r.Query.Get("appSecret"), r.Secret) {
		return device.Message{}, refuse("login", "appId 或 appSecret 有误 appId or appSecret is wrong")
	}
	data := map[string]any{"access_token": token(r, r.At.Add(tokenLife).Unix()), "expires_in": int(tokenLife / time.Second)}
	return said(answer(0, "成功", data)), nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
