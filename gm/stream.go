package gm

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A sealed stream is a header, then records. The header is streamMagic and the
// stream's own SM4 key, sealed under the master key. A record is its length in four
// bytes and that many sealed bytes, bound to its place and to whether it is the
// last: a record that is missing, repeated, moved or cut off does not open.
const (
	streamMagic = "CPBK1\n"
	// streamRecord is how much one record holds in clear.
	streamRecord = 1 << 20
	streamKind   = "stream"
)

// SealStream reads to the end and writes it sealed.
func (m Master) SealStream(w io.Writer, r io.Reader) error {
	outer, err := m.box()
	if err != nil {
		return err
	}
	secret := random(masterSize)
	inner, err := newBox(secret)
	if err != nil {
		return err
	}
	if _, err := w.Write(outer.seal([]byte(streamMagic), secret, boundTo(streamKind, "key"))); err != nil {
		return err
	}
	in := bufio.NewReaderSize(r, 2*streamRecord)
	plain := make([]byte, streamRecord)
	for n := uint64(0); ; n++ {
		size, err := io.ReadFull(in, plain)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		_, end := in.Peek(1)
		if end != nil && !errors.Is(end, io.EOF) {
			return end
		}
		sealed := inner.seal(make([]byte, 4), plain[:size], place(n, end != nil))
		binary.BigEndian.PutUint32(sealed, uint32(len(sealed)-4))
		if _, err := w.Write(sealed); err != nil || end != nil {
			return err
		}
	}
}

// place is what a record is bound to.
func place(n uint64, last bool) []byte { return boundTo(streamKind, fmt.Sprintf("%d %t", n, last)) }

// OpenStream is the reverse of SealStream. What it has written before an error is
// not to be used. It answers ErrSealed for another master key and for bytes that
// were changed.
func (m Master) OpenStream(w io.Writer, r io.Reader) error {
	outer, err := m.box()
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(r, 2*streamRecord)
	head := make([]byte, len(streamMagic)+nonceSize+masterSize+tagSize)
	if _, err := io.ReadFull(in, head); err != nil || string(head[:len(streamMagic)]) != streamMagic {
		return ErrSealed
	}
	secret, err := outer.open(head[len(streamMagic):], boundTo(streamKind, "key"))
	if err != nil {
		return err
	}
	inner, err := newBox(secret)
	if err != nil {
		return err
	}
	for n := uint64(0); ; n++ {
		var length [4]byte
		if _, err := io.ReadFull(in, length[:]); err != nil {
			return ErrSealed
		}
		size := binary.BigEndian.Uint32(length[:])
		if size > streamRecord+nonceSize+tagSize {
			return ErrSealed
		}
		sealed := make([]byte, size)
		if _, err := io.ReadFull(in, sealed); err != nil {
			return ErrSealed
		}
		_, end := in.Peek(1)
		plain, err := inner.open(sealed, place(n, end != nil))
		if err != nil {
			return err
		}
		if _, err := w.Write(plain); err != nil || end != nil {
			return err
		}
	}
}
