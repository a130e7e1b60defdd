package e2e_test

import (
	"bytes"
	"image/png"
	"os/exec"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/simulator"
)

// TestJourney is the main journey, as a newcomer, a gate, a manager and the
// property system see it: one story, whose steps need each other.
func TestJourney(t *testing.T) {
	t.Parallel()
	w := start(t)
	me, residency := w.moveIn(t)
	pass := me.onlyPass(t)
	me.seeCodes(t, pass.Id)
	me.seeImages(t, pass.Id)
	passage := w.goIn(t, me, pass.Id)
	w.beRecorded(t, passage)
	w.beTold(t, passage)
	w.beRefused(t, me, pass.Id)
	w.moveOut(t, me, pass.Id, residency)
}

// moveIn signs a newcomer in, whose claim agrees with the roster.
func (w *world) moveIn(t *testing.T) (*client, wire.Residency) {
	u := w.Demo.Unclaimed
	w.home.post(t, "/v1/sessions/wechat", wire.WechatSignIn{Code: "no-such-code"}).wants(t, 401, "wechat_code_invalid")
	s := want[wire.Session](t, w.home.post(t, "/v1/sessions/wechat", wire.WechatSignIn{Code: u.WechatCode}), 201)
	if s.Person.Registered || s.RefreshToken == nil || s.ExpiresIn <= 0 {
		t.Fatalf("a newcomer's session is %+v", s.Person)
	}
	c := w.home.as(s.AccessToken)
	if me := want[wire.Me](t, c.get(t, "/v1/me"), 200); me.Person.PhoneConfirmed || len(me.Residencies) != 0 || len(me.Duties) == 0 {
		t.Fatalf("a newcomer is %+v", me)
	}
	phone := want[wire.PhoneConfirmed](t, c.post(t, "/v1/me/phone", wire.PhoneRequest{Code: u.PhoneCode}), 200)
	if !strings.Contains(phone.PhoneMasked, "*") {
		t.Errorf("the phone is shown as %s", phone.PhoneMasked)
	}
	claim := wire.ResidencyClaim{CommunityId: u.CommunityID, Building: u.Building, Unit: u.Unit, Room: u.Room, Name: u.Name, Relation: wire.Relation(u.Relation)}
	r := want[wire.Residency](t, c.post(t, "/v1/residencies", claim), 201)
	if r.Status != wire.ResidencyStatusActive || r.PersonId != s.Person.Id {
		t.Fatalf("the claim is %+v", r)
	}
	c.post(t, "/v1/residencies", claim).wants(t, 409, "residency_exists")
	me := want[wire.Me](t, c.get(t, "/v1/me"), 200)
	if len(me.Residencies) != 1 || me.Residencies[0].Id != r.Id || len(me.Duties) != 0 {
		t.Fatalf("after the claim the newcomer is %+v", me)
	}
	return c, r
}

func (c *client) onlyPass(t *testing.T) wire.Pass {
	passes := want[wire.PassList](t, c.get(t, "/v1/me/passes"), 200)
	if len(passes.Items) != 1 || passes.Items[0].State != "valid" || !passes.Items[0].Holder.Own || len(passes.Items[0].Gates) != 3 {
		t.Fatalf("the passes are %+v", passes.Items)
	}
	return passes.Items[0]
}

// codes asks for codes of consecutive windows.
func (c *client) codes(t testing.TB, passID string, count int) wire.Codes {
	t.Helper()
	return want[wire.Codes](t, c.post(t, "/v1/me/passes/"+passID+"/codes", map[string]int{"count": count}), 200)
}

func (c *client) code(t testing.TB, passID string) string {
	t.Helper()
	return c.codes(t, passID, 1).Codes[0].Code
}

// seeCodes: windows follow one another without a gap, and asking again gives the
// same codes, so that phones that share a pass show the same.
func (c *client) seeCodes(t *testing.T, passID string) {
	c.w.newWindow(t)
	one := want[wire.Codes](t, c.do(t, request{method: "POST", path: "/v1/me/passes/" + passID + "/codes"}), 200)
	many, again := c.codes(t, passID, 20), c.codes(t, passID, 20)
	if len(one.Codes) != 1 || len(many.Codes) != 20 || one.Codes[0] != many.Codes[0] {
		t.Fatalf("%d and %d codes, or not the same first", len(one.Codes), len(many.Codes))
	}
	seen := map[string]bool{}
	for i, code := range many.Codes {
		if again.Codes[i] != code {
			t.Errorf("code %d is another when asked for again", i)
		}
		if begins := many.Codes[0].NotBefore.Add(time.Duration(i) * 30 * time.Second); !code.NotBefore.Equal(begins) || !code.ExpiresAt.After(begins.Add(29*time.Second)) {
			t.Errorf("code %d is of %v to %v", i, code.NotBefore, code.ExpiresAt)
		}
		if _, err := passcode.Parse(code.Code); err != nil || seen[code.Code] {
			t.Errorf("code %d: %v, seen before: %v", i, err, seen[code.Code])
		}
		seen[code.Code] = true
	}
	if from := many.Codes[0]; many.ServerTime.Before(from.NotBefore.Time) || !many.ServerTime.Before(from.ExpiresAt.Time) {
		t.Errorf("at %v the first code is of %v to %v", many.ServerTime, from.NotBefore, from.ExpiresAt)
	}
	for _, count := range []int{0, 21, -1} {
		c.post(t, "/v1/me/passes/"+passID+"/codes", map[string]int{"count": count}).wants(t, 400, "invalid")
	}
}

// newWindow moves the clock to the beginning of a window, so that nothing asked
// for one after the other falls into two.
func (w *world) newWindow(t testing.TB) {
	t.Helper()
	now := w.now(t)
	w.advance(t, passcode.WindowStart(passcode.WindowAt(now)+1).Sub(now)+time.Second)
}

// seeImages reads the code off the images with two readers.
func (c *client) seeImages(t *testing.T, passID string) {
	c.w.newWindow(t)
	code, path := c.code(t, passID), "/v1/me/passes/"+passID+"/qr"
	for _, size := range []string{"", "?size=128", "?size=1024"} {
		image := c.get(t, path+size)
		image.wants(t, 200)
		if image.header.Get("Content-Type") != "image/png" || image.header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers are %v", image.header)
		}
		picture, err := png.Decode(bytes.NewReader(image.body))
		if err != nil {
			t.Fatal(err)
		}
		if size == "?size=1024" && picture.Bounds().Dx() != 1024 {
			t.Errorf("the image is %d px wide", picture.Bounds().Dx())
		}
		if read, err := simulator.ReadQR(image.body); err != nil || read != code {
			t.Errorf("%s: gozxing reads %q: %v", size, read, err)
		}
		if read, there := zbar(t, image.body); there && read != code {
			t.Errorf("%s: zbar reads %q", size, read)
		}
	}
	svg := c.do(t, request{method: "GET", path: path, header: map[string]string{"Accept": "image/svg+xml"}})
	if svg.wants(t, 200); !bytes.Contains(svg.body, []byte("<svg")) || !strings.HasPrefix(svg.header.Get("Content-Type"), "image/svg+xml") {
		t.Errorf("the SVG is %s %.60s", svg.header.Get("Content-Type"), svg.body)
	}
	c.do(t, request{method: "GET", path: path, header: map[string]string{"Accept": "image/webp"}}).wants(t, 406, "not_acceptable")
	for _, size := range []string{"127", "1025", "x"} {
		c.get(t, path+"?size="+size).wants(t, 400, "invalid")
	}
}

// zbar reads an image with the reader that many gates have in them, where it is
// installed (package zbar-tools).
func zbar(t *testing.T, image []byte) (text string, there bool) {
	t.Helper()
	reader, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Log("zbarimg is not installed: the image is read by one reader only")
		return "", false
	}
	q := exec.Command(reader, "--quiet", "--raw", "--nodbus", "-Sbinary", "-")
	q.Stdin = bytes.NewReader(image)
	read, err := q.Output()
	if err != nil {
		t.Errorf("zbarimg: %v", err)
	}
	return strings.TrimRight(string(read), "\n"), true
}
