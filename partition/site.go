package partition

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"communitypass.cn/communitypass/sheet"
	"communitypass.cn/communitypass/simulator"
)

const (
	// households have one person each who shows codes.
	households = 24
	// cardCount of them have a printed card as well.
	cardCount = 6
	manager   = "钱经理"
)

// site is the servers with a community, and what the gates know of them.
type site struct {
	run       *run
	servers   []*server
	ca        string
	community string
	manager   *caller
	people    []*person
	cards     []*card
}

// server is one process of the program, and its door for TLS.
type server struct {
	cmd   *exec.Cmd
	log   *os.File
	demo  report
	front *front
}

// report is the part of what the demo prints that is needed here.
type report struct {
	BaseURL     string `json:"base_url"`
	PrivateURL  string `json:"private_url"`
	Communities []struct {
		CommunityID string `json:"community_id"`
	} `json:"communities"`
	People map[string]struct {
		RefreshToken string `json:"refresh_token"`
	} `json:"people"`
}

// person is a resident with a phone.
type person struct {
	*caller
	passID, residencyID string
}

// card is a printed card as a camera reads it.
type card struct {
	code, passID string
	cap          int
}

// openSite starts the servers and lets people move in.
func (r *run) openSite(folder string) (*site, error) {
	s := &site{run: r}
	if err := s.open(folder); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *site) open(folder string) error {
	s.ca = filepath.Join(folder, "ca.pem")
	identity, err := newIdentity(s.run.net.server(), s.run.Clock.Now(), s.ca)
	if err != nil {
		return err
	}
	first, second := filepath.Join(folder, "first"), filepath.Join(folder, "second")
	if err := s.startServer(first, identity); err != nil {
		return err
	}
	if s.run.Database != "" {
		// The second replica has the same keys.
		if err := os.CopyFS(second, os.DirFS(first)); err != nil {
			return err
		}
		if err := s.startServer(second, identity); err != nil {
			return err
		}
	}
	s.community = s.servers[0].demo.Communities[0].CommunityID
	s.manager = s.caller("/v1/sessions/refresh", map[string]any{"refresh_token": s.servers[len(s.servers)-1].demo.People[manager].RefreshToken})
	if err := s.manager.renew(); err != nil {
		return err
	}
	return s.moveIn()
}

func (s *site) startServer(data string, identity identity) error {
	one := &server{}
	var err error
	if one.log, err = os.Create(data + ".log"); err != nil {
		return err
	}
	args := []string{"demo", "--json", "--listen", "127.0.0.1:0", "--private", "127.0.0.1:0", "--data", data}
	if s.run.Database != "" {
		args = append(args, "--database", s.run.Database)
	}
	one.cmd = exec.CommandContext(s.run.ctx, s.run.Server, args...)
	one.cmd.Stderr = one.log
	out, err := one.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := one.cmd.Start(); err != nil {
		return err
	}
	s.servers = append(s.servers, one)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &one.demo)
	}
	if err != nil {
		told, _ := os.ReadFile(one.log.Name())
		return fmt.Errorf("the server did not start: %w: %.2000s", err, told)
	}
	one.front, err = openFront(s.run.net.server(), one.demo.BaseURL, identity)
	return err
}

// front is the address by which a gate reaches the server: the third gate is at the
// second replica, where there is one.
func (s *site) front(gate int) string { return s.servers[gate/2%len(s.servers)].front.url }

func (s *site) in(what string) string { return "/v1/communities/" + s.community + "/" + what }

func (s *site) close() {
	for _, one := range s.servers {
		if one.front != nil {
			one.front.close()
		}
		_ = one.cmd.Process.Signal(syscall.SIGTERM)
		_ = one.cmd.Wait()
		_ = one.log.Close()
	}
}

// moveIn imports a roster and lets everybody claim a home with a phone.
func (s *site) moveIn() error {
	rows := [][]string{{"楼栋", "单元", "房号", "姓名", "手机号", "关系"}}
	for n := range households {
		rows = append(rows, []string{"101", "1", room(n), "户主" + string([]rune("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地")[n]), phone(n), "业主"})
	}
	var file bytes.Buffer
	if err := sheet.Write(&file, sheet.XLSX, rows); err != nil {
		return err
	}
	made := s.manager.call(http.MethodPost, s.in("roster-imports?dry_run=false"), file.Bytes(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	if made.status != http.StatusCreated || made.object["households_new"] != float64(households) {
		return fmt.Errorf("the roster is not imported: %v", made)
	}
	for n := range households {
		p, err := s.claim(n, rows[n+1][3])
		if err != nil {
			return err
		}
		s.people = append(s.people, p)
	}
	return nil
}

func room(n int) string  { return fmt.Sprintf("%d0%d", 1+n/4, 1+n%4) }
func phone(n int) string { return fmt.Sprintf("1371%07d", n) }

func (s *site) claim(n int, name string) (*person, error) {
	user := map[string]any{"wechat_code": fmt.Sprintf("wx-part-%d", n), "phone_code": fmt.Sprintf("phone-part-%d", n), "open_id": fmt.Sprintf("o-part-%d", n), "phone": phone(n)}
	private := &caller{site: s, base: s.servers[0].demo.PrivateURL}
	if a := private.post("/demo/phones", user); a.status >= 300 {
		return nil, fmt.Errorf("a phone is refused: %v", a)
	}
	p := &person{caller: s.caller("/v1/sessions/wechat", map[string]any{"code": user["wechat_code"]})}
	if err := p.renew(); err != nil {
		return nil, err
	}
	p.post("/v1/me/phone", map[string]any{"code": user["phone_code"]})
	home := p.post("/v1/residencies", map[string]any{"community_id": s.community, "building": "101", "unit": "1", "room": room(n), "name": name, "relation": "owner"})
	p.residencyID = home.text("id")
	for _, pass := range p.get("/v1/me/passes").items("items") {
		p.passID = pass.text("id")
	}
	if home.text("status") != "active" || p.passID == "" {
		return nil, fmt.Errorf("a home is not claimed: %v", home)
	}
	return p, nil
}

// issueCards has cards made that open all the gates, and reads them as a camera does.
func (s *site) issueCards(gates []*gate) error {
	var ids []string
	for _, g := range gates {
		ids = append(ids, g.id)
	}
	last := s.run.Clock.Now().Add(30 * 24 * time.Hour).In(time.FixedZone("UTC+8", 8*60*60)).Format(time.DateOnly)
	for _, p := range s.people[:cardCount] {
		made := s.manager.post(s.in("cards"), map[string]any{"residency_id": p.residencyID, "gate_ids": ids, "daily_cap": 100, "last_day": last})
		image := s.manager.call(http.MethodGet, s.in("cards/"+made.text("id")+"/sheet?size=640"), nil, "image/png")
		code, err := simulator.ReadQR(image.body)
		if err != nil {
			return errors.Join(fmt.Errorf("no card: %v", made), err)
		}
		s.cards = append(s.cards, &card{code: code, passID: made.text("id"), cap: int(made.number("daily_cap"))})
	}
	return nil
}

// codes are a person's codes from the present window on.
func (p *person) codes(count int) (codes []string, err error) {
	a := p.post("/v1/me/passes/"+p.passID+"/codes", map[string]any{"count": count})
	for _, c := range a.items("codes") {
		codes = append(codes, c.text("code"))
	}
	if len(codes) == 0 {
		return nil, fmt.Errorf("no codes: %v", a)
	}
	return codes, nil
}
