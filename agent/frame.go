package agent

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// A file of the journal is a row of frames: magic, length, number, checksum, payload;
// numbers big-endian. The checksum (CRC-32C) is over length, number and payload. It
// finds accidents; that nobody changed a payload on purpose is for its seal to say.
const (
	frameMagic  = "CPJ1"
	frameHeader = len(frameMagic) + 4 + 8 + 4
	// longestFrame is more than any entry; a longer one is not ours.
	longestFrame = 64 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one record as it lies in a file.
type frame struct {
	number  uint64
	payload []byte
	// from is where the payload lies in its file.
	from int64
}

// span is a stretch of a file that holds no frame.
type span struct{ from, to int }

func appendFrame(dst []byte, number uint64, payload []byte) []byte {
	dst = append(dst, frameMagic...)
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(payload)))
	dst = binary.BigEndian.AppendUint64(dst, number)
	sum := crc32.Update(crc32.Checksum(dst[start:], castagnoli), castagnoli, payload)
	dst = binary.BigEndian.AppendUint32(dst, sum)
	return append(dst, payload...)
}

// frameAt reads the frame that begins with b, and says how long it is.
func frameAt(b []byte) (number uint64, payload []byte, size int, ok bool) {
	if len(b) < frameHeader || string(b[:len(frameMagic)]) != frameMagic {
		return 0, nil, 0, false
	}
	head := b[len(frameMagic):]
	length := int(binary.BigEndian.Uint32(head))
	if length > longestFrame || len(b) < frameHeader+length {
		return 0, nil, 0, false
	}
	payload = b[frameHeader : frameHeader+length]
	if crc32.Update(crc32.Checksum(head[:12], castagnoli), castagnoli, payload) != binary.BigEndian.Uint32(head[12:]) {
		return 0, nil, 0, false
	}
	return binary.BigEndian.Uint64(head[4:]), payload, frameHeader + length, true
}

// readFrames reads what a file holds. Spans between frames are damage; what follows
// the last frame, from end on, is a write that was cut short.
func readFrames(data []byte) (frames []frame, damaged []span, end int) {
	for at := 0; at < len(data); {
		number, payload, size, ok := frameAt(data[at:])
		if ok {
			frames = append(frames, frame{number, payload, int64(at + frameHeader)})
			at += size
			end = at
			continue
		}
		next := nextFrame(data, at+1)
		if next < 0 {
			return frames, damaged, end
		}
		damaged = append(damaged, span{at, next})
		at = next
	}
	return frames, damaged, end
}

// nextFrame finds the first whole frame at or after a place, or -1.
func nextFrame(data []byte, from int) int {
	for from < len(data) {
		i := bytes.Index(data[from:], []byte(frameMagic))
		if i < 0 {
			return -1
		}
		if _, _, _, ok := frameAt(data[from+i:]); ok {
			return from + i
		}
		from += i + 1
	}
	return -1
}
