package sia

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// desk keeps what it is handed.
type desk struct {
	mu     sync.Mutex
	peers  map[string]device.Peer
	events []model.DeviceEvent
	keys   map[string]bool
	broken bool
}

func (d *desk) Find(protocol, serial string) (device.Peer, bool) {
	p, ok := d.peers[serial]
	return p, ok && protocol == model.ProtocolSIA
}

func (d *desk) Take(_ context.Context, id string, events []model.DeviceEvent) ([]model.DeviceAnswer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return nil, errors.New("disk is full")
	}
	for _, e := range events {
		if !d.keys[id+e.Key] {
			d.keys[id+e.Key] = true
			d.events = append(d.events, e)
		}
	}
	return make([]model.DeviceAnswer, len(events)), nil
}

func (d *desk) told() []model.DeviceEvent {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]model.DeviceEvent{}, d.events...)
}

const keyAAA = "41414141414141414141414141414141" // sixteen times A

func newDesk(accounts map[string]string) *desk {
	d := &desk{peers: map[string]device.Peer{}, keys: map[string]bool{}}
	for account, key := range accounts {
		d.peers[account] = device.Peer{ID: "dev-" + account, Serial: account, Secret: key}
	}
	return d
}

func receiver(d *desk, at string) (*Receiver, *model.MovableClock) {
	t, err := time.Parse(time.DateTime, at)
	if err != nil {
		panic(err)
	}
	clock := model.FrozenClock(t)
	return New(d, clock, slog.New(slog.NewTextHandler(io.Discard, nil))), clock
}

// payload reads a recorded packet without LF and CR, whole with them.
func payload(t testing.TB, name string) (frame, whole []byte) {
	t.Helper()
	whole, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "payloads", name))
	if err != nil {
		t.Skip("NOT PROVED: recorded packets are not here: ../shared/payloads/" + name)
	}
	return bytes.TrimSuffix(bytes.TrimPrefix(whole, []byte{lineFeed}), []byte{carriageReturn}), whole
}

func TestRecordedPacketsAreReadAsTheyAre(t *testing.T) {
	for name, want := range map[string]error{"alarm-sia-1.txt": nil, "alarm-sia-3.txt": nil, "alarm-sia-5.txt": errLength,
		"alarm-sia-7.txt": errCRC, "alarm-sia-9.txt": errLength} {
		frame, _ := payload(t, name)
		if _, err := parse(frame); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// The vector: its key, its CRC and its length were checked with other programs.
func TestAnEncryptedKeepAliveIsAnsweredEncrypted(t *testing.T) {
	frame, _ := payload(t, "alarm-sia-1.txt")
	d := newDesk(map[string]string{"AAAB": keyAAA})
	r, _ := receiver(d, "2020-07-05 18:24:50")
	p, err := parse(frame)
	if err != nil || !p.encrypted || p.id != "NULL" || p.account != "AAAB" || p.sequence != "0000" {
		t.Fatalf("parsed %+v, %v", p, err)
	}
	answer := r.Answer(t.Context(), frame)
	back, err := parse(bytes.Trim(answer, "\n\r"))
	if err != nil || !back.encrypted || back.id != "ACK" || back.sequence != "0000" || back.account != "AAAB" {
		t.Fatalf("answered %q: %+v, %v", answer, back, err)
	}
	body, err := opened(back.body, []byte(strings.Repeat("A", 16)))
	if err != nil || body != "]_18:24:50,07-05-2020" {
		t.Errorf("the answer says %q, %v", body, err)
	}
	if len(d.told()) != 0 {
		t.Errorf("a keep-alive became %v", d.told())
	}
	late, _ := receiver(d, "2020-07-05 18:25:33")
	if answer := late.Answer(t.Context(), frame); !bytes.Contains(answer, []byte(`"NAK"0000R0L0A0[]_18:25:33,07-05-2020`)) {
		t.Errorf("41 s late it was answered %q", answer)
	}
	early, _ := receiver(d, "2020-07-05 18:24:31")
	if answer := early.Answer(t.Context(), frame); !bytes.Contains(answer, []byte(`"NAK"`)) {
		t.Errorf("21 s ahead it was answered %q", answer)
	}
}

func packetOf(id, rest string) []byte {
	return bytes.Trim(framed(`"`+id+`"`+rest), "\n\r")
}

func TestWordsOfCodes(t *testing.T) {
	for text, want := range map[string]string{
		"ADM-CID|1110 00 129":        "alarm fire raised cid.1110 00 129",
		"ADM-CID|3110 00 129":        "alarm fire cleared cid.3110 00 129",
		"ADM-CID|1130 01 015":        "alarm burglary raised cid.1130 01 015",
		"ADM-CID|1121 01 001":        "alarm duress raised cid.1121 01 001",
		"ADM-CID|1120 01 001":        "alarm panic raised cid.1120 01 001",
		"ADM-CID|1137 01 001":        "alarm tamper raised cid.1137 01 001",
		"ADM-CID|1301 00 000":        "alarm mains raised cid.1301 00 000",
		"ADM-CID|3302 00 000":        "alarm battery cleared cid.3302 00 000",
		"ADM-CID|3401 01 057":        "status armed armed cid.3401 01 057",
		"ADM-CID|1401 01 057":        "status disarmed disarmed cid.1401 01 057",
		"ADM-CID|1602 00 000":        "status test raised cid.1602 00 000",
		"ADM-CID|1999 00 000":        "unknown  raised cid.1999 00 000",
		"SIA-DCS|Nri1/PA501":         "alarm panic raised sia.PA 1 501",
		"SIA-DCS|Nri1CL0^SOMEBODY ^": "status armed armed sia.CL 1 0",
		"SIA-DCS|Nri0FA12/FT3":       "alarm fire raised sia.FA 0 12; alarm fire_trouble raised sia.FT 0 3",
		"SIA-DCS|Nti10:20ri02BR001":  "alarm burglary cleared sia.BR 02 001",
		"SIA-DCS|NJX4":               "unknown   sia.JX  4",
	} {
		id, data, _ := strings.Cut(text, "|")
		d := newDesk(map[string]string{"1234": ""})
		r, _ := receiver(d, "2026-11-22 12:00:00")
		answer := r.Answer(t.Context(), packetOf(id, `0042R1L2#1234[#1234|`+data+`]_12:00:01,11-22-2026`))
		if !bytes.Contains(answer, []byte(`"ACK"0042R1L2#1234[]`)) {
			t.Errorf("%s was answered %q", text, answer)
		}
		var got []string
		for _, e := range d.told() {
			got = append(got, strings.Join([]string{string(e.Kind), e.Detail["what"], e.State, e.Native, e.Detail["partition"], e.Detail["zone"]}, " "))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s became %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	good := `0042L0#1234[#1234|1110 00 129]`
	for what, c := range map[string]struct {
		frame []byte
		want  string
	}{
		"a stranger's account":     {packetOf("ADM-CID", `0001L0#9999[#9999|1110 00 129]`), `"DUH"0001L0#9999[]`},
		"a contradiction":          {packetOf("ADM-CID", `0001L0#1234[#4321|1110 00 129]`), `"DUH"`},
		"a token of another kind":  {packetOf("SIA-XXX", good), `"DUH"0042L0#1234[]`},
		"no event":                 {packetOf("ADM-CID", `0001L0#1234[#1234|x]`), `"DUH"`},
		"clear where a key is due": {packetOf("ADM-CID", `0001L0#AAA[#AAA|1110 00 129]`), `"DUH"`},
		"another key":              {packetOf("*ADM-CID", `0001L0#AAA[00112233445566778899AABBCCDDEEFF`), `"DUH"`},
		"no key":                   {packetOf("*ADM-CID", `0001L0#1234[00112233445566778899AABBCCDDEEFF`), `"DUH"`},
		"no bracket":               {packetOf("ADM-CID", `0001L0#1234`), ""},
		"nothing":                  {nil, ""},
	} {
		d := newDesk(map[string]string{"1234": "", "AAA": keyAAA})
		r, _ := receiver(d, "2026-11-22 12:00:00")
		answer := r.Answer(t.Context(), c.frame)
		if c.want == "" && answer != nil || !bytes.Contains(answer, []byte(c.want)) {
			t.Errorf("%s was answered %q, want %q", what, answer, c.want)
		}
		if len(d.told()) != 0 {
			t.Errorf("%s became %v", what, d.told())
		}
	}
	wrong := packetOf("ADM-CID", good)
	wrong[0] ^= 1
	r, _ := receiver(newDesk(map[string]string{"1234": ""}), "2026-11-22 12:00:00")
	if answer := r.Answer(t.Context(), wrong); answer != nil {
		t.Errorf("a wrong CRC was answered %q", answer)
	}
}

func TestWhatIsNotStoredIsNotAcknowledged(t *testing.T) {
	d := newDesk(map[string]string{"1234": ""})
	r, clock := receiver(d, "2026-11-22 12:00:00")
	frame := packetOf("ADM-CID", `0042L0#1234[#1234|1110 00 129]`)
	d.broken = true
	if answer := r.Answer(t.Context(), frame); answer != nil {
		t.Errorf("answered %q", answer)
	}
	d.broken = false
	for range 3 { // sent again, also across a few minutes
		clock.Advance(time.Minute)
		if answer := r.Answer(t.Context(), frame); !bytes.Contains(answer, []byte(`"ACK"0042`)) {
			t.Errorf("answered %q", answer)
		}
	}
	if len(d.told()) != 1 {
		t.Errorf("one alarm became %v", d.told())
	}
	clock.Advance(time.Hour) // the numbers have gone round
	r.Answer(t.Context(), frame)
	if len(d.told()) != 2 {
		t.Errorf("two alarms became %v", d.told())
	}
}

func TestAllLengthsOfKeys(t *testing.T) {
	for _, n := range []int{16, 24, 32} {
		key := bytes.Repeat([]byte{0x5a}, n)
		sealed, err := sealedText("|#AAA|1110 00 129]_12:00:00,11-22-2026", key)
		if err != nil {
			t.Fatal(err)
		}
		d := newDesk(map[string]string{"AAA": strings.Repeat("5a", n)})
		r, _ := receiver(d, "2026-11-22 12:00:00")
		answer := r.Answer(t.Context(), packetOf("*ADM-CID", `0007L0#AAA[`+sealed))
		if !bytes.Contains(answer, []byte(`"*ACK"0007L0#AAA[`)) || len(d.told()) != 1 || d.told()[0].Detail["what"] != "fire" {
			t.Errorf("%d bytes: %q, %v", n, answer, d.told())
		}
	}
}

func TestAPanelThatFallsSilentIsTold(t *testing.T) {
	d := newDesk(map[string]string{"1234": ""})
	r, clock := receiver(d, "2026-11-22 12:00:00")
	null := packetOf("NULL", `0000L0#1234[]`)
	for range 3 {
		r.Answer(t.Context(), null)
		clock.Advance(30 * time.Second)
	}
	r.Look(t.Context())
	if len(d.told()) != 0 {
		t.Fatalf("told %v", d.told())
	}
	clock.Advance(70 * time.Second)
	r.Look(t.Context())
	r.Look(t.Context())
	r.Answer(t.Context(), null)
	got := d.told()
	if len(got) != 2 || got[0].State != "offline" || got[1].State != "online" {
		t.Errorf("told %v", got)
	}
}

// A real client cuts its packets anywhere.
func TestOverSockets(t *testing.T) {
	d := newDesk(map[string]string{"1234": ""})
	r, _ := receiver(d, "2026-11-22 12:00:00")
	stream, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Serve(ctx, stream, datagrams); close(done) }()
	conn, err := net.Dial("tcp", stream.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	for _, b := range append([]byte("noise\r\nhalf a pack"), append(framed(`"ADM-CID"0001L0#1234[#1234|1110 00 129]`), framed(`"NULL"0002L0#1234[]`)...)...) {
		if _, err := conn.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{`"ACK"0001`, `"ACK"0002`} {
		if answer, err := in.ReadString(carriageReturn); err != nil || !strings.Contains(answer, want) {
			t.Errorf("answered %q, %v", answer, err)
		}
	}
	udp, err := net.Dial("udp", datagrams.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = udp.Write(framed(`"SIA-DCS"0003L0#1234[#1234|Nri1/PA501]`))
	buffer := make([]byte, 512)
	_ = udp.SetReadDeadline(within(5 * time.Second))
	if n, err := udp.Read(buffer); err != nil || !strings.Contains(string(buffer[:n]), `"ACK"0003`) {
		t.Errorf("answered %q, %v", buffer[:n], err)
	}
	cancel()
	<-done
	_ = conn.Close()
	_ = udp.Close()
	if len(d.told()) != 2 {
		t.Errorf("stored %v", d.told())
	}
}

func FuzzParse(f *testing.F) {
	f.Add(packetOf("ADM-CID", `0042R1L2#1234[#1234|1110 00 129][X1]_12:00:01,11-22-2026`))
	f.Add(packetOf("SIA-DCS", `0042L2#1234[#1234|Nri1CL0^X ^/PA501]`))
	f.Add([]byte(`76D80055"*NULL"0000R0L0#AAAB[B4BC8B40D0E6D959D6BEA78E88CC0B2155741A3C44FBB96D476A3E557CAD64D9`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, _ := receiver(newDesk(map[string]string{"1234": "", "AAA": keyAAA}), "2026-11-22 12:00:00")
		r.Answer(t.Context(), text)
		if len(text) > prefixLength { // once more with a CRC and a length that hold
			if answer := r.Answer(t.Context(), bytes.Trim(framed(string(text[prefixLength:])), "\r")); answer != nil {
				if _, err := parse(bytes.Trim(answer, "\n\r")); err != nil && !bytes.Contains(answer, []byte(`"NAK"`)) {
					t.Errorf("the answer %q is no packet", answer)
				}
			}
		}
	})
}
