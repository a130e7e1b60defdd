package main

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
)

const masked = "[secret]"

// secret is a text that prints as "[secret]" everywhere but in reveal.
type secret struct {
	// A function, since fmt prints the content of unexported fields of a struct
	// whatever their String says; of a function it prints the address.
	text func() string
}

func newSecret(s string) secret { return secret{text: func() string { return s }} }

func (s secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return s.text()
}

func (s secret) missing() bool                { return s.reveal() == "" }
func (s secret) String() string               { return masked }
func (s secret) GoString() string             { return masked }
func (s secret) LogValue() slog.Value         { return slog.StringValue(masked) }
func (s secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// UnmarshalText takes the text as it is.
func (s *secret) UnmarshalText(b []byte) error {
	*s = newSecret(string(b))
	return nil
}

// secretLimit bounds a secret file: it holds one line.
const secretLimit = 4096

// from fills an empty secret from the file that NAME_FILE names, as containers
// hand secrets in. A line end at the end of the file does not belong to it.
func (s *secret) from(path, name string) []problem {
	if path == "" {
		return nil
	}
	if !s.missing() {
		return one(name, "与 "+prefix+name+"_FILE 只能设置一个。", "is set together with "+prefix+name+"_FILE: set one of them.")
	}
	content, err := readSmall(path)
	name += "_FILE"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return one(name, "指向的文件不存在。", "names a file that does not exist.")
	case errors.Is(err, fs.ErrPermission):
		return one(name, "指向的文件不允许本用户读取。", "names a file that this user may not read.")
	case err != nil:
		return one(name, "指向的文件读不出来。", "names a file that cannot be read.")
	case len(content) > secretLimit:
		return one(name, "指向的文件太大，不会是密钥。", "names a file too large for a secret.")
	}
	if *s = newSecret(strings.TrimSpace(string(content))); s.missing() {
		return one(name, "指向的文件是空的。", "names an empty file.")
	}
	return nil
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, secretLimit+1))
}
