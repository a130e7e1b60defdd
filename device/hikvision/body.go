package hikvision

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"communitypass.cn/communitypass/device"
)

// Bounds of what a device sends.
const (
	longestBody     = 12 << 20
	longestDocument = 1 << 20
	mostParts       = 64
	mostDocuments   = 16
)

// documentsOf finds the documents in a body: bare, or among the parts of a form or
// a stream. What the headers say is believed only where the body bears it out.
func documentsOf(r device.Request) ([]*fact, *device.Refusal) {
	body, refusal := unpacked(r)
	if refusal != nil {
		return nil, refusal
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind, params = "", map[string]string{}
	}
	var documents []*fact
	if boundary := boundaryOf(kind, params["boundary"], body); boundary != "" {
		documents, refusal = fromParts(body, boundary)
	} else {
		documents, refusal = read(body, params["charset"])
	}
	switch {
	case refusal != nil:
		return nil, refusal
	case len(documents) == 0:
		return nil, device.Refuse("no_document", http.StatusBadRequest)
	case len(documents) > mostDocuments:
		return nil, device.Refuse("too_many_documents", http.StatusRequestEntityTooLarge)
	}
	return documents, nil
}

// unpacked undoes the compression that the headers tell of, or that shows.
func unpacked(r device.Request) ([]byte, *device.Refusal) {
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); {
	case encoding == "gzip", encoding == "x-gzip", bytes.HasPrefix(r.Body, []byte{0x1f, 0x8b}):
		return inflated(gzip.NewReader(bytes.NewReader(r.Body)))
	case encoding == "deflate":
		if in, err := zlib.NewReader(bytes.NewReader(r.Body)); err == nil {
			return inflated(in, nil)
		}
		return inflated(flate.NewReader(bytes.NewReader(r.Body)), nil)
	case encoding == "", encoding == "identity":
		return r.Body, nil
	}
	return nil, device.Refuse("content_encoding", http.StatusUnsupportedMediaType)
}

func inflated(in io.Reader, err error) ([]byte, *device.Refusal) {
	if err != nil {
		return nil, device.Refuse("compression", http.StatusBadRequest)
	}
	body, err := io.ReadAll(io.LimitReader(in, longestBody+1))
	switch {
	case err != nil:
		return nil, device.Refuse("compression", http.StatusBadRequest)
	case len(body) > longestBody:
		return nil, device.Refuse("too_large", http.StatusRequestEntityTooLarge)
	}
	return body, nil
}

// boundaryOf is what divides the parts, empty when the body has none: the header's
// when the body knows it, else the body's own first line.
func boundaryOf(kind, told string, body []byte) string {
	if strings.HasPrefix(kind, "multipart/") && told != "" && bytes.Contains(body, []byte("--"+told)) {
		return told
	}
	rest, dashed := bytes.CutPrefix(bytes.TrimLeft(body[:min(len(body), 512)], "\r\n"), []byte("--"))
	if !dashed {
		return ""
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(bytes.TrimRight(line, "\r \t"))
}

// fromParts reads the parts that are documents, whatever their names. A picture that
// was cut off does not spoil the document before it.
func fromParts(body []byte, boundary string) ([]*fact, *device.Refusal) {
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	var documents []*fact
	for range mostParts {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) || err != nil && len(documents) > 0 {
			return documents, nil
		}
		if err != nil {
			return nil, device.Refuse("multipart", http.StatusBadRequest)
		}
		kind, params, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") {
			continue
		}
		in := bufio.NewReaderSize(part, 512)
		if head, _ := in.Peek(64); !looksRead(head) {
			continue
		}
		// Where the last boundary is missing, what was read is judged by itself.
		raw, _ := io.ReadAll(io.LimitReader(in, longestDocument+1))
		found, refusal := read(raw, params["charset"])
		if refusal != nil {
			return nil, refusal
		}
		documents = append(documents, found...)
	}
	return nil, device.Refuse("too_many_parts", http.StatusRequestEntityTooLarge)
}

// padding is what stands around documents.
const padding = " \t\r\n\x00\ufeff"

// looksRead reports whether a body begins as a document does.
func looksRead(head []byte) bool {
	head = bytes.TrimLeft(head, padding)
	return len(head) > 0 && strings.IndexByte("{[<", head[0]) >= 0
}

// read reads one body or part that is a document.
func read(raw []byte, charset string) ([]*fact, *device.Refusal) {
	raw = bytes.Trim(raw, padding)
	switch {
	case len(raw) > longestDocument:
		return nil, device.Refuse("too_large", http.StatusRequestEntityTooLarge)
	case !looksRead(raw):
		return nil, device.Refuse("no_document", http.StatusBadRequest)
	}
	isXML := raw[0] == '<'
	if chinese(charset) && !(isXML && bytes.Contains(raw[:min(len(raw), 128)], []byte("encoding="))) {
		// What is not GB18030 becomes replacement characters and stays readable.
		raw, _ = simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	}
	var documents []*fact
	var err error
	switch {
	case isXML:
		documents, err = readXML(raw)
	case !utf8.Valid(raw):
		return nil, device.Refuse("not_text", http.StatusBadRequest)
	default:
		documents, err = readJSON(raw)
	}
	switch {
	case errors.Is(err, errDoctype):
		return nil, device.Refuse("doctype", http.StatusBadRequest)
	case errors.Is(err, errTooMuch):
		return nil, device.Refuse("too_deep", http.StatusBadRequest)
	case err != nil:
		return nil, device.Refuse("unreadable", http.StatusBadRequest)
	}
	return documents, nil
}
