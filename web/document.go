package web

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// Document is a file within the program. It is read when it is asked for, since most are
// not for days, and what lies unread in the program takes no memory.
type Document struct {
	kind  string
	plain func() []byte
	// small is the compressed form, kept from its first use on; nil for what hardly
	// shrinks.
	small func() []byte
}

// NewDocument is a file of a file system within the program, with an error when there is
// none.
func NewDocument(from fs.FS, name string) (*Document, error) {
	if _, err := fs.Stat(from, name); err != nil {
		return nil, err
	}
	return document(kindOf(name), func() []byte {
		content, _ := fs.ReadFile(from, name) // it was there, and stays
		return content
	}), nil
}

// DocumentOf is a document whose text is at hand.
func DocumentOf(kind string, content []byte) *Document {
	return document(kind, func() []byte { return content })
}

func document(kind string, plain func() []byte) *Document {
	return &Document{kind, plain, sync.OnceValue(func() []byte {
		content := plain()
		if small := compressed(content); len(small) < len(content)*9/10 {
			return small
		}
		return nil
	})}
}

// Send answers with the document, compressed for whoever takes that.
func (d *Document) Send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", d.kind)
	h.Set("Vary", "Accept-Encoding")
	var content []byte
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		content = d.small()
	}
	if content != nil {
		h.Set("Content-Encoding", "gzip")
	} else {
		content = d.plain()
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // an error is of the connection, which is gone
	}
}

func compressed(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a level that there is
	// Writing to memory does not fail.
	_, _ = w.Write(content)
	_ = w.Close()
	return b.Bytes()
}

// kindOf names the few types there are; what mime knows depends on the machine.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".webmanifest":
		return "application/manifest+json"
	}
	return "application/octet-stream"
}
