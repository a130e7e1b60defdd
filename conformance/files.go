package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// largest is more than any device says in one message without pictures, in bytes.
const largest = 1 << 20

// whole are the vendors whose files are taken as they stand: what others would write as
// the head of a request, or as a list of messages, has a meaning of its own there.
var whole = []string{"vguang", "kone", "cloudevents"}

// parts are the messages of a file: the body of a request that was written down with its
// head, each object of a list, or of several that stand one after another.
func (p payload) parts() []payload {
	if slices.Contains(whole, p.vendor) {
		return []payload{p}
	}
	if q, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(crlf(p.body)))); err == nil {
		p.contentType = q.Header.Get("Content-Type")
		if _, body, found := bytes.Cut(crlf(p.body), []byte("\r\n\r\n")); found {
			p.body = body
		}
	}
	var out []payload
	d := json.NewDecoder(bytes.NewReader(readable(p.body)))
	for {
		var one json.RawMessage
		err := d.Decode(&one)
		if err == io.EOF && len(out) > 1 {
			return out
		}
		if err != nil {
			return []payload{p}
		}
		each := []json.RawMessage{one}
		if one[0] == '[' && json.Unmarshal(one, &each) != nil {
			return []payload{p}
		}
		for _, message := range each {
			part := p
			part.body = message
			if out = append(out, part); message[0] != '{' {
				return []payload{p}
			}
		}
	}
}

// readable is a text in UTF-8 without a mark before it, where it is in one of the
// encodings that a file may have without saying so; else as it is. It is for judging
// alone: what is sent is the file.
func readable(text []byte) []byte {
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}), bytes.HasPrefix(text, []byte{0xfe, 0xff}), bytes.HasPrefix(text, []byte("\ufeff")):
		if plain, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), text); err == nil {
			return plain
		}
	case !utf8.Valid(text) && !bytes.Contains(text[:min(len(text), 200)], []byte("encoding=")):
		if plain, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text); err == nil {
			return plain
		}
	}
	return text
}

// unfit is why a server may refuse bytes whatever they say; empty for none.
func unfit(body []byte) string {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return "it is empty"
	case len(body) > largest:
		return fmt.Sprintf("it is of %d MB", len(body)>>20)
	case bytes.HasPrefix(body, []byte("\ufeff")):
		return "it begins with a mark of its byte order"
	case !utf8.Valid(body), bytes.IndexByte(body, 0) >= 0:
		return "it is not in UTF-8"
	}
	return ""
}

// damaged is why a file is neither JSON nor XML, though it would be one; empty when it is
// whole, or a text of another kind.
func damaged(body []byte) string {
	if why := unfit(body); why == "it is empty" {
		return why
	}
	text := bytes.TrimSpace(readable(body))
	if bytes.IndexByte(text, 0) >= 0 {
		return "it is no text"
	}
	switch text[0] {
	case '{', '[':
		for d := json.NewDecoder(bytes.NewReader(text)); ; { // one message, or several
			var one json.RawMessage
			if err := d.Decode(&one); err == io.EOF {
				return ""
			} else if err != nil {
				return "it is cut off, or no JSON"
			}
		}
	case '<':
		if _, _, err := elements(body); err != nil {
			return "it is cut off, or no XML"
		}
	}
	return ""
}

// asItIs are the dialects to which a file that is damaged can be sent all the same, and
// the path for it.
var asItIs = map[string]string{"hikvision": "", "dahua": "", "sensetime": "", "isecure": "", "cap": "", "uniview": "/LAPI/V1.0/PACS/Controller/Event/Notifications",
	"vzenith": "/devicemanagement/php/plateresult.php"}

// broken sends a damaged file as it is. Whether the server takes it is its own to say; it
// must decide, and have nothing of what it refused.
func broken(ctx context.Context, s *stage, p payload, why string) (o outcome, err error) {
	more := map[string]any{}
	if p.vendor == "uniview" {
		more["serial"] = s.serial("BROKEN")
	}
	u, err := s.register(ctx, p.vendor, more)
	if err != nil {
		return o, err
	}
	kind := jsonType
	if bytes.HasPrefix(bytes.TrimSpace(readable(p.body)), []byte("<")) {
		kind = "application/xml"
	}
	status, body, err := u.send(ctx, push{path: asItIs[p.vendor], contentType: kind, body: p.body})
	if err != nil {
		return o, err
	}
	o.answer = fmt.Sprintf("%d %s", status, bytes.TrimSpace(body))
	t, err := u.said(ctx)
	switch {
	case err != nil:
		return o, err
	case status >= http.StatusInternalServerError:
		return o, fmt.Errorf("%s, and the server does not decide", why)
	case status >= http.StatusBadRequest && len(t.events)+t.passages > 0:
		return o, fmt.Errorf("it was refused, and the API shows %s", t)
	case status >= http.StatusBadRequest:
		o.refused = why
	default:
		o.heard = why + ", and was taken: " + t.String()
	}
	return o, nil
}

// playAll plays every message of a file; the file is left out when all are.
func playAll(ctx context.Context, s *stage, p payload) (o outcome, err error) {
	defer func() {
		if broke := recover(); broke != nil { // the other files are still to be replayed
			err = fmt.Errorf("the replay itself broke off: %v", broke)
		}
	}()
	if why := damaged(p.body); why != "" {
		if _, ok := asItIs[p.vendor]; ok && notSent[p.kind] == "" {
			return broken(ctx, s, p, why)
		}
	}
	parts := p.parts()
	if len(parts) == 1 {
		return play(ctx, s, parts[0])
	}
	var heard []string
	var left leftOut
	for n, part := range parts {
		got, err := play(ctx, s, part)
		switch {
		case errors.As(err, &left):
			heard = append(heard, fmt.Sprintf("message %d left out: %s", n+1, left))
			continue
		case err != nil:
			return got, fmt.Errorf("message %d of %d: %w", n+1, len(parts), err)
		}
		o.answer = got.answer
		heard = append(heard, got.became())
	}
	if o.answer == "" && left != "" {
		return o, left
	}
	o.heard = fmt.Sprintf("%d messages: %s", len(parts), strings.Join(heard, "; "))
	return o, nil
}
