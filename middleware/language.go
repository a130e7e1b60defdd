package middleware

import (
	"strconv"
	"strings"
)

// Languages in which answers exist.
const (
	Chinese = "zh-CN"
	English = "en"
)

// acceptLanguage picks the language of the answer from Accept-Language (RFC 9110,
// 12.5.4): English when it is weighted above Chinese, else Chinese. A tag counts
// by its first part, and what cannot be read counts as absent.
func acceptLanguage(header string) string {
	if header == "" || strings.HasPrefix(header, "zh") && !strings.Contains(header, "en") {
		return Chinese
	}
	var zh, en float64
	for part := range strings.SplitSeq(header, ",") {
		tag, parameters, _ := strings.Cut(part, ";")
		primary, _, _ := strings.Cut(strings.TrimSpace(tag), "-")
		switch weight := quality(parameters); {
		case strings.EqualFold(primary, "zh"):
			zh = max(zh, weight)
		case strings.EqualFold(primary, "en"):
			en = max(en, weight)
		}
	}
	// Equal weights fall to the first named, as browsers order them.
	if en > zh || en == zh && en > 0 && namedFirst(header) {
		return English
	}
	return Chinese
}

// quality reads ";q=0.8"; 1 when it is not given, 0 when it is not a weight.
func quality(parameters string) float64 {
	value, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

// namedFirst reports whether English stands before Chinese.
func namedFirst(header string) bool {
	lower := strings.ToLower(header)
	zh := strings.Index(lower, "zh")
	return zh < 0 || strings.Index(lower, "en") < zh
}
