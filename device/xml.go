package device

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// What XML of a device is refused for.
var (
	ErrXML        = errors.New("xml")
	ErrXMLDTD     = errors.New("xml_dtd")
	ErrXMLCharset = errors.New("xml_charset")
)

const (
	// LongestXML bounds one document; deepest how far its elements nest.
	LongestXML = 1 << 20
	deepest    = 32
)

// ReadXML reads one document in UTF-8, GB2312, GBK, GB18030 or ISO-8859-1, as it
// declares. A document type is refused, so that no entity is ever expanded or fetched.
// Errors: ErrXML, ErrXMLDTD, ErrXMLCharset.
func ReadXML(document []byte, into any) error {
	document = bytes.TrimSpace(bytes.TrimPrefix(document, []byte("\xef\xbb\xbf")))
	if len(document) > LongestXML {
		return ErrXML
	}
	if err := wholesome(document); err != nil {
		return err
	}
	if err := decoder(document).Decode(into); err != nil {
		return ErrXML
	}
	return nil
}

func decoder(document []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(document))
	d.CharsetReader = charset
	return d
}

// wholesome looks through a document before anything of it is used.
func wholesome(document []byte) error {
	d := decoder(document)
	for depth := 0; ; {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrXMLCharset):
			return ErrXMLCharset
		case err != nil:
			return ErrXML
		}
		switch token.(type) {
		case xml.Directive:
			return ErrXMLDTD
		case xml.StartElement:
			if depth++; depth > deepest {
				return ErrXML
			}
		case xml.EndElement:
			depth--
		}
	}
}

func charset(name string, in io.Reader) (io.Reader, error) {
	var e encoding.Encoding
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return in, nil
	case "gb2312", "gbk", "gb18030":
		e = simplifiedchinese.GB18030 // which holds the other two
	case "iso-8859-1", "latin1":
		e = charmap.ISO8859_1
	default:
		return nil, ErrXMLCharset
	}
	return e.NewDecoder().Reader(in), nil
}
