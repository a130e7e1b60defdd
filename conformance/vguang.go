package conformance

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
)

// A single & and an even number of hexadecimal digits: a KQT300.
var hexadecimal = regexp.MustCompile(`^vgdecoderesult=([0-9a-fA-F]{2})+&devicenumber=[0-9]*$`)

// vguang shows a code to a reader over HTTP. Whatever the code, the answer is one of
// the two words that the reader knows, and the showing is a passage.
func vguang(ctx context.Context, s *stage, p payload) (outcome, error) {
	q := push{contentType: "text/html", body: p.body, keeps: true, understood: oneOf("code=0000", "code=0001")}
	if whole, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(crlf(p.body)))); err == nil {
		q.contentType = whole.Header.Get("Content-Type")
		q.body, _ = io.ReadAll(whole.Body)
	} else if rest, noted := withoutNote(p.body); noted {
		q.body = rest
	}
	q.body = bytes.TrimRight(q.body, "\r\n")
	if len(q.body) == 0 {
		q.broken = "it shows no code"
	}
	protocol := "vguang"
	if hexadecimal.Match(q.body) {
		protocol = "vguang-hex"
	}
	u, err := s.register(ctx, protocol, nil)
	if err != nil {
		return outcome{}, err
	}
	return u.replay(ctx, q)
}

// crlf writes the head of a request with the line ends that HTTP wants.
func crlf(text []byte) []byte {
	head, body, found := bytes.Cut(text, []byte("\n\n"))
	if !found || bytes.Contains(head, []byte("\r\n")) {
		return text
	}
	return append(append(bytes.ReplaceAll(head, []byte("\n"), []byte("\r\n")), "\r\n\r\n"...), body...)
}

// withoutNote takes off a first line that explains the file.
func withoutNote(text []byte) ([]byte, bool) {
	if !bytes.HasPrefix(text, []byte(`{"note"`)) {
		return text, false
	}
	_, rest, found := bytes.Cut(text, []byte("\n"))
	return rest, found
}
