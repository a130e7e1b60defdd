package hikvision

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// fact is a document or a part of it, the same for JSON and XML: names without
// namespaces and in lower case, because firmwares disagree on both.
type fact struct {
	text  string
	parts map[string][]*fact
}

// one is the first part of a name, nil when there is none.
func (f *fact) one(name string) *fact {
	if all := f.all(name); len(all) > 0 {
		return all[0]
	}
	return nil
}

func (f *fact) all(name string) []*fact {
	if f == nil {
		return nil
	}
	return f.parts[strings.ToLower(name)]
}

// word is the text of the first of the named parts that has one.
func (f *fact) word(names ...string) string {
	for _, name := range names {
		if part := f.one(name); part != nil && part.text != "" {
			return part.text
		}
	}
	return ""
}

// yes reports whether a part says true.
func (f *fact) yes(name string) bool {
	return strings.EqualFold(f.word(name), "true") || f.word(name) == "1"
}

// no reports whether a part says false; what is not there does not.
func (f *fact) no(name string) bool {
	return strings.EqualFold(f.word(name), "false") || f.word(name) == "0"
}

// number is a decimal or 0x number, -1 when there is none.
func (f *fact) number(name string) int64 {
	word, base := strings.ToLower(f.word(name)), 10
	if rest, hex := strings.CutPrefix(word, "0x"); hex {
		word, base = rest, 16
	}
	n, err := strconv.ParseInt(word, base, 32)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// Bounds of a document: a real one has some hundred facts, six levels deep.
const (
	deepest     = 32
	mostFacts   = 20_000
	longestText = 16 << 10
)

var (
	errTooMuch = errors.New("more facts than any device tells")
	errDoctype = errors.New("a document type is not taken")
	errCharset = errors.New("an unknown charset")
)

// tree builds facts within bounds.
type tree struct{ facts int }

func (t *tree) grow(depth int) error {
	if t.facts++; t.facts > mostFacts || depth > deepest {
		return errTooMuch
	}
	return nil
}

func (f *fact) add(name string, parts ...*fact) {
	if f.parts == nil {
		f.parts = map[string][]*fact{}
	}
	name = strings.ToLower(name)
	f.parts[name] = append(f.parts[name], parts...)
}

// readJSON reads one JSON text: an object, or a list of them.
func readJSON(raw []byte) ([]*fact, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	roots, err := new(tree).value(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the end")
	}
	return roots, nil
}

// value reads one value; a list is its elements.
func (t *tree) value(d *json.Decoder, depth int) ([]*fact, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if err := t.grow(depth); err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return t.list(d, depth)
		}
		return t.object(d, depth)
	case string:
		return []*fact{{text: strings.TrimSpace(token)}}, nil
	case json.Number:
		return []*fact{{text: token.String()}}, nil
	case bool:
		return []*fact{{text: strconv.FormatBool(token)}}, nil
	}
	return nil, nil // null
}

func (t *tree) list(d *json.Decoder, depth int) ([]*fact, error) {
	var out []*fact
	for d.More() {
		elements, err := t.value(d, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, elements...)
	}
	_, err := d.Token()
	return out, err
}

func (t *tree) object(d *json.Decoder, depth int) ([]*fact, error) {
	f := &fact{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		parts, err := t.value(d, depth+1)
		if err != nil {
			return nil, err
		}
		f.add(name, parts...)
	}
	_, err := d.Token()
	return []*fact{f}, err
}

// readXML reads XML in UTF-8 or in the charset that it declares. There are no
// entities but XML's own five, and a document type is refused.
func readXML(raw []byte) ([]*fact, error) {
	d := xml.NewDecoder(bytes.NewReader(raw))
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if !chinese(charset) {
			return nil, errCharset
		}
		return simplifiedchinese.GB18030.NewDecoder().Reader(in), nil
	}
	t := new(tree)
	top := &fact{}
	open := []*fact{top}
	var roots []*fact
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return roots, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if err := t.grow(len(open)); err != nil {
				return nil, err
			}
			f := &fact{}
			open[len(open)-1].add(token.Name.Local, f)
			if len(open) == 1 {
				roots = append(roots, rootOf(token.Name.Local, f))
			}
			open = append(open, f)
		case xml.EndElement:
			last := open[len(open)-1]
			last.text = strings.TrimSpace(last.text)
			open = open[:len(open)-1]
		case xml.CharData:
			if last := open[len(open)-1]; len(open) > 1 && len(last.parts) == 0 {
				if last.text += string(token); len(last.text) > longestText {
					return nil, errTooMuch
				}
			}
		case xml.Directive:
			return nil, errDoctype
		}
	}
}

// rootOf is a root as JSON would have it: an access event keeps its name.
func rootOf(name string, f *fact) *fact {
	if strings.EqualFold(name, accessEvent) || strings.EqualFold(name, "ANPR") {
		return &fact{parts: map[string][]*fact{strings.ToLower(name): {f}}}
	}
	return f
}

// chinese reports whether a charset is one of those that GB18030 holds.
func chinese(charset string) bool {
	switch strings.ToLower(charset) {
	case "gb2312", "gbk", "gb18030", "cp936":
		return true
	}
	return false
}
