package qr

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"sync"
)

// PNG draws the text as an image of exactly size × size pixels (MinSize to
// MaxSize): one bit per pixel, every module a square of whole pixels, the symbol
// in the middle with a border of at least four modules. It fails for an empty
// text, one too long for any symbol, and with ErrTooSmall.
func PNG(text string, size int) ([]byte, error) {
	modules, err := modulesOf(text)
	if err != nil {
		return nil, err
	}
	size = clamp(size)
	scale := size / (len(modules) + 2*quietZone)
	if scale == 0 {
		return nil, ErrTooSmall
	}
	p := painters.Get().(*painter)
	defer painters.Put(p)
	if err := p.paint(modules, size, scale); err != nil {
		return nil, err
	}
	return p.file(size), nil
}

// painters keeps the compressors, which are large and slow to make.
var painters = sync.Pool{New: func() any { return newPainter() }}

// painter turns modules into the compressed pixels of a PNG.
type painter struct {
	pixels  bytes.Buffer
	deflate *zlib.Writer
	// line is one line of the image: its filter, then eight pixels a byte.
	line []byte
}

func newPainter() *painter {
	p := &painter{line: make([]byte, 1+MaxSize/8)}
	// The rows repeat so much that the fastest level loses nothing worth having.
	p.deflate, _ = zlib.NewWriterLevel(&p.pixels, zlib.BestSpeed)
	return p
}

// PNG, 9.2: how a line is written.
const (
	filterNone = 0 // as it is
	filterUp   = 2 // as the difference to the line above
)

func (p *painter) paint(modules [][]bool, size, scale int) error {
	p.pixels.Reset()
	p.deflate.Reset(&p.pixels)
	before := (size - len(modules)*scale) / 2
	after := size - len(modules)*scale - before
	if err := p.lines(size, nil, 0, 0, before); err != nil {
		return err
	}
	for _, row := range modules {
		if err := p.lines(size, row, before, scale, scale); err != nil {
			return err
		}
	}
	if err := p.lines(size, nil, 0, 0, after); err != nil {
		return err
	}
	return p.deflate.Close()
}

// lines writes the same line count times: once as it is, then as no change.
func (p *painter) lines(size int, row []bool, left, scale, count int) error {
	line := p.line[:1+(size+7)/8]
	line[0] = filterNone
	pixels := line[1:]
	for i := range pixels {
		pixels[i] = 0xff
	}
	for i, dark := range row {
		if dark {
			blacken(pixels, left+i*scale, scale)
		}
	}
	for i := range count {
		if i == 1 {
			clear(line)
			line[0] = filterUp
		}
		if _, err := p.deflate.Write(line); err != nil {
			return err
		}
	}
	return nil
}

func blacken(pixels []byte, from, count int) {
	for x := from; x < from+count; x++ {
		pixels[x/8] &^= 0x80 >> (x % 8)
	}
}

// file wraps the pixels: signature, header, one data chunk, end (PNG, 5 and 11).
func (p *painter) file(size int) []byte {
	const frame = 8 + 3*12 + 13
	const greyscale, oneBit = 0, 1
	header := make([]byte, 0, 13)
	header = binary.BigEndian.AppendUint32(header, uint32(size))
	header = binary.BigEndian.AppendUint32(header, uint32(size))
	header = append(header, oneBit, greyscale, 0, 0, 0)

	out := make([]byte, 0, frame+p.pixels.Len())
	out = append(out, "\x89PNG\r\n\x1a\n"...)
	out = appendChunk(out, "IHDR", header)
	out = appendChunk(out, "IDAT", p.pixels.Bytes())
	return appendChunk(out, "IEND", nil)
}

func appendChunk(out []byte, kind string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	start := len(out)
	out = append(out, kind...)
	out = append(out, data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}
