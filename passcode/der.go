package passcode

// A code holds r‖s, 32 bytes each; gmsm's current functions speak the ASN.1 DER
// of it (SEQUENCE of two INTEGERs). Both lie well below 128 bytes, so that every
// length is one byte. encoding/asn1 would do the same by reflection.

const (
	tagInteger  = 0x02
	tagSequence = 0x30

	scalarSize = signatureSize / 2
	// derMax is a sequence of two integers that both need a leading zero.
	derMax = 2 + 2*(2+1+scalarSize)
)

// derOf writes r‖s as DER.
func derOf(raw *[signatureSize]byte) []byte {
	der := make([]byte, 2, derMax)
	der = appendInteger(der, raw[:scalarSize])
	der = appendInteger(der, raw[scalarSize:])
	der[0], der[1] = tagSequence, byte(len(der)-2)
	return der
}

// appendInteger writes an unsigned number in the fewest bytes: DER has no
// leading zeros, but one where the highest bit would read as a minus.
func appendInteger(der, n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	if n[0] >= 0x80 {
		der = append(der, tagInteger, byte(len(n)+1), 0)
	} else {
		der = append(der, tagInteger, byte(len(n)))
	}
	return append(der, n...)
}

// rawOf reads r‖s from DER and says whether it was a signature.
func rawOf(der []byte) (raw [signatureSize]byte, ok bool) {
	if len(der) < 2 || der[0] != tagSequence || int(der[1]) != len(der)-2 {
		return raw, false
	}
	rest, ok := readInteger(raw[:scalarSize], der[2:])
	if !ok {
		return raw, false
	}
	rest, ok = readInteger(raw[scalarSize:], rest)
	return raw, ok && len(rest) == 0
}

// readInteger fills dst, right-aligned, and gives what follows the number.
func readInteger(dst, der []byte) (rest []byte, ok bool) {
	if len(der) < 2 || der[0] != tagInteger || len(der) < 2+int(der[1]) {
		return nil, false
	}
	n, rest := der[2:2+int(der[1])], der[2+int(der[1]):]
	if len(n) == len(dst)+1 && n[0] == 0 {
		n = n[1:]
	}
	if len(n) == 0 || len(n) > len(dst) {
		return nil, false
	}
	copy(dst[len(dst)-len(n):], n)
	return rest, true
}
