package sia

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What is wrong with a packet.
var (
	// errCRC and errLength mean that it is not what was sent: it gets no answer and the
	// sender sends again.
	errCRC    = errors.New("crc")
	errLength = errors.New("length")
	// errForm means that it is no packet at all.
	errForm = errors.New("form")
)

const (
	lineFeed, carriageReturn = '\n', '\r'
	// prefixLength is that of the CRC and the length, four digits each.
	prefixLength = 8
	// longest is the most that the three digits of a length can say, with what
	// surrounds it.
	longest = 0xFFF + prefixLength + 2
	// timeForm is how DC-09 tells the time, in GMT; readable is the same without the
	// comma, behind which package time would look for a fraction of the second.
	timeForm, readable = "_15:04:05,01-02-2006", "_15:04:05 01-02-2006"
)

// packet is one message between LF and CR, taken apart.
type packet struct {
	encrypted bool
	// id is the token without its asterisk: SIA-DCS, ADM-CID, NULL.
	id string
	// sequence is four digits; receiver and line are as sent, with their letter, and
	// may be empty.
	sequence, receiver, line string
	account                  string
	// body is what follows the bracket: data, brackets and time; hexadecimal when it is
	// encrypted.
	body string
}

var head = regexp.MustCompile(`^"(\*?)([A-Z][A-Z0-9-]{0,15})"([0-9]{4})(R[0-9A-Fa-f]{1,6})?(L[0-9A-Fa-f]{1,6})?#([0-9A-Fa-f]{3,16})\[`)

// parse takes apart what stands between LF and CR. The CRC is looked at first, then
// the length, then the rest: what was damaged on its way says nothing.
func parse(frame []byte) (packet, error) {
	if len(frame) <= prefixLength || len(frame) > longest {
		return packet{}, errForm
	}
	crc, err := strconv.ParseUint(string(frame[:4]), 16, 16)
	if err != nil {
		return packet{}, errForm
	}
	length, err := strconv.ParseUint(string(frame[4:prefixLength]), 16, 16)
	if err != nil || frame[4] != '0' {
		return packet{}, errForm
	}
	text := frame[prefixLength:]
	if crcOf(text) != uint16(crc) {
		return packet{}, errCRC
	}
	if int(length) != len(text) {
		return packet{}, errLength
	}
	part := head.FindSubmatch(text)
	if part == nil {
		return packet{}, errForm
	}
	return packet{encrypted: len(part[1]) > 0, id: string(part[2]), sequence: string(part[3]), receiver: string(part[4]), line: string(part[5]),
		account: strings.ToUpper(string(part[6])), body: string(text[len(part[0]):])}, nil
}

// crcOf is CRC-16/ARC, as annex A of DC-09 has it.
func crcOf(text []byte) uint16 {
	var crc uint16
	for _, b := range text {
		crc ^= uint16(b)
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

// framed puts CRC, length, LF and CR around a text.
func framed(text string) []byte {
	return fmt.Appendf(nil, "\n%04X%04X%s\r", crcOf([]byte(text)), len(text), text)
}

// content is what a packet says once it can be read.
type content struct {
	data string
	// extra are the blocks in brackets behind the data, such as positions.
	extra []string
	// at is the zero time when the packet tells none.
	at time.Time
}

// read takes apart what follows the first bracket of a packet, decrypted where it was
// encrypted: data, further blocks, the time.
func read(body string) (content, error) {
	data, rest, ok := strings.Cut(body, "]")
	if !ok {
		return content{}, errForm
	}
	c := content{data: data}
	for strings.HasPrefix(rest, "[") {
		var block string
		if block, rest, ok = strings.Cut(rest[1:], "]"); !ok {
			return content{}, errForm
		}
		c.extra = append(c.extra, block)
	}
	if rest == "" {
		return c, nil
	}
	var err error
	if c.at, err = time.Parse(readable, strings.Replace(rest, ",", " ", 1)); err != nil {
		return content{}, errForm
	}
	return c, nil
}

// opened is the body of an encrypted packet in clear, without its padding, which ends
// at the first bar or, where there is no data, at the bracket.
func opened(body string, key []byte) (string, error) {
	sealed, err := hex.DecodeString(body)
	if err != nil {
		return "", errForm
	}
	clear, err := decrypt(sealed, key)
	if err != nil {
		return "", err
	}
	if clear = bytes.TrimRight(clear, "\x00"); !printable(clear) {
		return "", errForm // another key makes noise of it
	}
	pad, rest, ok := strings.Cut(string(clear), "]")
	if !ok {
		return "", errForm
	}
	_, data, _ := strings.Cut(pad, "|")
	return data + "]" + rest, nil
}

func printable(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xFFFD })
}
