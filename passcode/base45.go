package passcode

// alphabet is the 45 digits of RFC 9285, which are also the characters of a QR
// symbol's alphanumeric mode.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// notADigit is above every digit's value, so that one comparison finds it.
const notADigit = 0xff

var digitOf = digitTable()

func digitTable() (t [256]byte) {
	for i := range t {
		t[i] = notADigit
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
	}
	return t
}

// appendBase45 writes each two bytes as three digits, lowest first, and a last
// odd byte as two.
func appendBase45(dst, src []byte) []byte {
	for ; len(src) >= 2; src = src[2:] {
		n := uint(src[0])<<8 | uint(src[1])
		dst = append(dst, alphabet[n%45], alphabet[n/45%45], alphabet[n/2025])
	}
	if len(src) == 1 {
		n := uint(src[0])
		dst = append(dst, alphabet[n%45], alphabet[n/45])
	}
	return dst
}

// decodeBase45 fills dst from a text and says whether the text is the one
// canonical writing of that many bytes: the alphabet only, no group beyond its
// bytes' range, nothing left over.
func decodeBase45(dst []byte, text string) bool {
	if len(text) != len(dst)/2*3+len(dst)%2*2 {
		return false
	}
	for ; len(dst) >= 2; dst, text = dst[2:], text[3:] {
		a, b, c := digitOf[text[0]], digitOf[text[1]], digitOf[text[2]]
		n := uint(a) + uint(b)*45 + uint(c)*2025
		if a == notADigit || b == notADigit || c == notADigit || n > 0xffff {
			return false
		}
		dst[0], dst[1] = byte(n>>8), byte(n)
	}
	if len(dst) == 1 {
		a, b := digitOf[text[0]], digitOf[text[1]]
		n := uint(a) + uint(b)*45
		if a == notADigit || b == notADigit || n > 0xff {
			return false
		}
		dst[0] = byte(n)
	}
	return true
}
