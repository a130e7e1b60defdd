package gm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"communitypass.cn/communitypass/gm"
)

// rfcSecret is "12345678901234567890", the SHA-1 seed of RFC 6238, appendix B.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// TestTOTPStandard holds the SHA-1 rows of RFC 6238, appendix B, cut to 6 digits.
func TestTOTPStandard(t *testing.T) {
	for seconds, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		step, ok := gm.CheckTOTP(rfcSecret, code, time.Unix(seconds, 0))
		if !ok || step != seconds/30 {
			t.Errorf("at %d: step %d, %t", seconds, step, ok)
		}
	}
}

func TestTOTPAcceptsOneStepEitherWay(t *testing.T) {
	secret := gm.NewTOTPSecret()
	at := func(steps int) string {
		code, err := totp.GenerateCode(secret, noon.Add(time.Duration(steps)*30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	present := noon.Unix() / 30
	accepted := map[string]bool{at(-1): true, at(0): true, at(1): true}
	for steps := -3; steps <= 3; steps++ {
		step, ok := gm.CheckTOTP(secret, at(steps), noon)
		if ok != accepted[at(steps)] {
			t.Errorf("%d steps away: %t", steps, ok)
		}
		if ok && at(int(step-present)) != at(steps) {
			t.Errorf("%d steps away: says step %d", steps, step-present)
		}
	}
}

func TestTOTPRefuses(t *testing.T) {
	now := time.Unix(59, 0)
	for name, c := range map[string][2]string{
		"wrong": {rfcSecret, "287083"}, "empty": {rfcSecret, ""}, "five": {rfcSecret, "87082"}, "eight": {rfcSecret, "94287082"},
		"space": {rfcSecret, "287082 "}, "wide digits": {rfcSecret, "２８"}, "bad secret": {strings.Repeat("1", 32), "287082"},
		"short secret": {rfcSecret[:16], codeOf(t, rfcSecret[:16], now)}, "no secret": {"", codeOf(t, "", now)},
	} {
		if _, ok := gm.CheckTOTP(c[0], c[1], now); ok {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, ok := gm.CheckTOTP(rfcSecret, "287082", time.Unix(-3600, 0)); ok {
		t.Error("accepted before 1970")
	}
}

func codeOf(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, now)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestTOTPURIIsReadByTheLibrary(t *testing.T) {
	secret := gm.NewTOTPSecret()
	if len(secret) != 32 || secret == gm.NewTOTPSecret() {
		t.Errorf("secret %d characters", len(secret))
	}
	uri := gm.TOTPURI("社区通行 & Co: A", "王主任+1@x?", secret)
	k, err := otp.NewKeyFromURL(uri)
	if err != nil {
		t.Fatal(err)
	}
	if k.Type() != "totp" || k.Issuer() != "社区通行 & Co: A" || k.Secret() != secret || k.Period() != 30 || k.Digits() != otp.DigitsSix {
		t.Errorf("read back %s", uri)
	}
	if strings.ContainsAny(uri, " +") || strings.Count(uri, ":") != 2 {
		t.Errorf("escaping of %s", uri)
	}
}
