package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

// siaFrame is a packet of SIA DC-09: a check sum and a length of four hexadecimal
// digits each, then what they are about.
var (
	siaFrame   = regexp.MustCompile(`(?s)^\n?([0-9A-F]{4})([0-9A-F]{4})(".*)\r?\n?$`)
	siaAccount = regexp.MustCompile(`#([0-9A-Fa-f]{3,16})\[`)
	siaMoment  = regexp.MustCompile(`_[0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{2}-[0-9]{2}-[0-9]{4}$`)
	siaReply   = regexp.MustCompile(`"\*?(ACK|NAK|DUH)"`)
)

// sia: a packet as it stands; where its sums are right and nothing but its moment or its
// key keeps it out, once more for now.
func sia(ctx context.Context, s *stage, p payload) (outcome, error) {
	part := siaFrame.FindSubmatch(bytes.TrimRight(p.body, "\r\n"))
	if part == nil {
		return outcome{}, leftOut("no packet")
	}
	body := strings.TrimRight(string(part[3]), "\r\n")
	account := siaAccount.FindStringSubmatch(body)
	if account == nil {
		return outcome{}, leftOut("it names no account")
	}
	u, err := s.register(ctx, "sia", map[string]any{"serial": strings.ToUpper(account[1])})
	if err != nil && !strings.Contains(err.Error(), "409") {
		return outcome{}, err
	}
	if err != nil {
		return outcome{}, fmt.Errorf("the account is taken: %w", err)
	}
	defer u.revoke(ctx)
	answer, err := s.packet(ctx, string(part[1])+string(part[2])+body)
	o := outcome{answer: answer}
	if err != nil {
		return o, err
	}
	t, err := u.said(ctx)
	if err != nil {
		return o, err
	}
	if fault := siaFault(string(part[1]), string(part[2]), body); fault != "" {
		if answer != "" && !strings.Contains(answer, "NAK") || len(t.events) > 0 {
			return o, fmt.Errorf("%s, and it was taken: %s", fault, t)
		}
		o.refused = fault
		return o, nil
	}
	return u.siaJudged(ctx, o, t, body)
}

// siaJudged looks at the answer to a packet whose sums are right.
func (u *unit) siaJudged(ctx context.Context, o outcome, t told, body string) (outcome, error) {
	word := siaReply.FindStringSubmatch(o.answer)
	switch {
	case word == nil:
		return o, errors.New("its sums are right, and it was not answered")
	case word[1] == "ACK":
		o.heard = t.String()
		if len(t.events) == 0 && !strings.Contains(body, `NULL"`) {
			return o, errors.New("acknowledged, and the API shows nothing of it")
		}
		return o, nil
	case len(t.events) > 0:
		return o, fmt.Errorf("answered %s, and kept: %s", word[1], t)
	case strings.HasPrefix(body, `"*`):
		o.refused = word[1] + ": its key is not known"
		return o, nil
	case !siaMoment.MatchString(body):
		return o, fmt.Errorf("answered %s, though it names no moment", word[1])
	}
	// Nothing but its moment is at fault: the same for now must be taken.
	now := siaMoment.ReplaceAllString(body, u.stage.clock.Now().UTC().Format("_15:04:05,01-02-2006"))
	again, err := u.stage.packet(ctx, summed(now))
	if err != nil {
		return o, err
	}
	o.answer += " then " + again
	if t, err = u.said(ctx); err != nil || !strings.Contains(again, `"ACK"`) || len(t.events) == 0 {
		return o, fmt.Errorf("sent for now it is not taken: %s, %v", t, err)
	}
	o.heard = t.String() + " (once its moment was now)"
	return o, nil
}

// siaFault is what is wrong with a packet's sums, or empty.
func siaFault(crc, length, body string) string {
	switch {
	case fmt.Sprintf("%04X", crcARC(body)) != crc:
		return "its check sum is wrong"
	case length != fmt.Sprintf("%04X", len(body)):
		return "its length is wrong"
	}
	return ""
}

// crcARC is CRC-16/ARC, reflected, polynomial 0x8005.
func crcARC(text string) uint16 {
	var crc uint16
	for i := range len(text) {
		crc ^= uint16(text[i])
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0xA001
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}

// siaPatience is how long a panel waits before it takes silence for "no".
const siaPatience = 2 * time.Second

// packet sends one packet over TCP, in pieces, and gives the answer; empty for silence.
func (s *stage) packet(ctx context.Context, text string) (string, error) {
	if s.SIAAddress == "" {
		return "", leftOut("the server says no address for alarm panels")
	}
	return sendPacket(ctx, s.SIAAddress, s.clock, text)
}

// TellSIA says a body to a receiver of alarms as a panel does, with its sums in front,
// and gives the answer; empty for silence.
func TellSIA(ctx context.Context, address, body string) (string, error) {
	return sendPacket(ctx, address, model.SystemClock{}, summed(body))
}

// PacketSIA is a body as it goes over the wire: its sums in front, between LF and CR.
func PacketSIA(body string) string { return "\n" + summed(body) + "\r" }

// summed is a body with its check sum and its length in front.
func summed(body string) string { return fmt.Sprintf("%04X%04X%s", crcARC(body), len(body), body) }

func sendPacket(ctx context.Context, address string, clock model.Clock, text string) (string, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	whole := "\n" + text + "\r"
	for len(whole) > 0 {
		n := min(len(whole), 11)
		if _, err := c.Write([]byte(whole[:n])); err != nil {
			return "", err
		}
		whole = whole[n:]
	}
	_ = c.SetReadDeadline(clock.Now().Add(siaPatience))
	answer, err := bufio.NewReader(c).ReadString('\r')
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && len(answer) == 0 {
		return "", nil // closed without a word
	}
	return strings.Trim(answer, "\r\n"), nil
}
