package handler

import (
	"net/http"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/model"
)

const (
	mediaPNG = "image/png"
	mediaSVG = "image/svg+xml"
)

// imageWanted is how a client wants its symbol.
type imageWanted struct {
	mediaType string
	size      int
}

// imageRequest reads Accept and ?size=. Errors: not_acceptable, invalid.
func imageRequest(r *http.Request) (imageWanted, error) {
	wanted := imageWanted{mediaType: mediaPNG, size: 320}
	if accept := strings.Join(r.Header.Values("Accept"), ","); accept != "" {
		png, svg := quality(accept, mediaPNG), quality(accept, mediaSVG)
		if png <= 0 && svg <= 0 {
			return wanted, model.Fail(model.CodeNotAcceptable)
		}
		if svg > png {
			wanted.mediaType = mediaSVG
		}
	}
	sizes := r.URL.Query()["size"]
	if len(sizes) == 0 {
		return wanted, nil
	}
	if len(sizes) > 1 {
		return wanted, model.Invalid(model.FieldError{Field: "size", Code: "duplicate"})
	}
	size, err := strconv.Atoi(sizes[0])
	if err != nil {
		return wanted, model.Invalid(model.FieldError{Field: "size", Code: "type"})
	}
	if size < 128 || size > 1024 {
		return wanted, model.Invalid(model.FieldError{Field: "size", Code: "range", Limit: "128..1024"})
	}
	wanted.size = size
	return wanted, nil
}

// quality is how much an Accept header (RFC 9110, 12.5.1) wants an image type: the
// q of the most specific range that covers it, 0 for not at all.
func quality(accept, mediaType string) float64 {
	best, q := 0, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		media, params, _ := strings.Cut(part, ";")
		specific := 0
		switch strings.ToLower(strings.TrimSpace(media)) {
		case mediaType:
			specific = 3
		case "image/*":
			specific = 2
		case "*/*":
			specific = 1
		}
		if specific > best {
			best, q = specific, qOf(params)
		}
	}
	return q
}

// qOf reads the q of a range's parameters: 1 when it says none, 0 when what it
// says is no weight.
func qOf(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}
