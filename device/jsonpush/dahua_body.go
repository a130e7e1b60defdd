package jsonpush

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"communitypass.cn/communitypass/device"
)

// mostUnpacked bounds what a packed body may unpack to.
const mostUnpacked = 16 << 20

// mostParts bounds the parts of a body.
const mostParts = 200

// texts unpacks a body, and takes its parts apart when it has any.
func (dahua) texts(r device.Request) ([][]byte, error) {
	body, err := unpack(r.Header.Get("Content-Encoding"), r.Body)
	if err != nil {
		return nil, err
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if !strings.HasPrefix(kind, "multipart/") {
		return texts(body)
	}
	if params["boundary"] == "" {
		return nil, device.Refuse("no_boundary", http.StatusBadRequest)
	}
	return parts(body, "--"+strings.TrimPrefix(params["boundary"], "--"))
}

// texts is a body of its own or the text of a part: nothing, a heartbeat, lines of
// flat keys, or JSON.
func texts(body []byte) ([][]byte, error) {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0 || string(body) == "Heartbeat":
		return nil, nil
	case bytes.HasPrefix(body, []byte("Code=")):
		text, err := flat(body)
		return [][]byte{text}, err
	}
	return [][]byte{body}, nil
}

// unpack undoes "deflate", which is said of zlib, of the bare stream, and of what is
// not packed at all.
func unpack(encoding string, body []byte) ([]byte, error) {
	var from io.Reader
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, nil
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, device.Refuse("broken_packing", http.StatusBadRequest)
		}
		from = z
	case "deflate":
		if start := bytes.TrimSpace(body); bytes.HasPrefix(start, []byte("{")) || bytes.HasPrefix(start, []byte("--")) || bytes.HasPrefix(start, []byte("Code=")) {
			return body, nil
		}
		if z, err := zlib.NewReader(bytes.NewReader(body)); err == nil {
			from = z
		} else {
			from = flate.NewReader(bytes.NewReader(body))
		}
	default:
		return nil, device.Refuse("encoding", http.StatusUnsupportedMediaType)
	}
	out, err := io.ReadAll(io.LimitReader(from, mostUnpacked+1))
	switch {
	case len(out) > mostUnpacked:
		return nil, device.Refuse("too_large", http.StatusRequestEntityTooLarge)
	case err != nil:
		return nil, device.Refuse("broken_packing", http.StatusBadRequest)
	}
	return out, nil
}

// parts takes a multipart body apart. Pictures are dropped unseen. The last boundary
// may be missing: it is a stream that ends with the request.
func parts(body []byte, boundary string) ([][]byte, error) {
	sections := bytes.SplitN(body, []byte(boundary), mostParts+2)
	if len(sections) < 2 {
		return nil, device.Refuse("broken_part", http.StatusBadRequest)
	}
	if len(sections) > mostParts+1 {
		return nil, device.Refuse("too_many", http.StatusRequestEntityTooLarge)
	}
	var out [][]byte
	for _, section := range sections[1:] {
		if bytes.HasPrefix(section, []byte("--")) {
			break
		}
		kind, content, err := part(section)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "application/octet-stream") {
			continue
		}
		found, err := texts(content)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// part is what stands between two boundaries: its kind and its content.
func part(section []byte) (kind string, content []byte, err error) {
	broken := device.Refuse("broken_part", http.StatusBadRequest)
	section = bytes.TrimPrefix(bytes.TrimPrefix(section, []byte("\r")), []byte("\n"))
	head, content, ok := bytes.Cut(section, []byte("\r\n\r\n"))
	if !ok {
		if head, content, ok = bytes.Cut(section, []byte("\n\n")); !ok {
			return "", nil, broken
		}
	}
	for line := range strings.Lines(string(head)) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "content-type":
			kind = strings.ToLower(value)
		case "content-length":
			length, err := strconv.Atoi(value)
			if err != nil || length < 0 || length > len(content) {
				return "", nil, broken
			}
			content = content[:length]
		}
	}
	return kind, content, nil
}

// flat turns "Code=AccessControl;action=Pulse;index=0;data={…}" into the JSON that
// other firmware sends.
func flat(line []byte) ([]byte, error) {
	if !utf8.Valid(line) {
		return nil, device.Refuse("not_text", http.StatusBadRequest)
	}
	head, data, _ := strings.Cut(string(line), ";data=")
	o := map[string]any{}
	for _, pair := range strings.Split(head, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch strings.ToLower(name) {
		case "code":
			o["Code"] = value
		case "action":
			o["Action"] = value
		case "index":
			o["Index"] = value
		}
	}
	if data = strings.TrimSpace(data); data != "" {
		if !json.Valid([]byte(data)) {
			return nil, device.Refuse("not_json", http.StatusBadRequest)
		}
		o["Data"] = json.RawMessage(data)
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, device.Refuse("not_json", http.StatusBadRequest)
	}
	return text, nil
}
