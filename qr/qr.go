// Package qr draws a text as a QR symbol: PNG for those who want a bitmap, SVG
// for everybody else. github.com/skip2/go-qrcode finds the modules; its own PNG
// costs more than twice the symbol, so the drawing is done here. A client that
// can draw should get the text instead: finding the modules takes a millisecond.
package qr

import (
	"errors"

	qrcode "github.com/skip2/go-qrcode"
)

const (
	// MinSize and MaxSize bound the width and height of an image in pixels. A size
	// beyond them counts as the nearest of the two.
	MinSize = 64
	MaxSize = 1024

	// quietZone is the white border that ISO/IEC 18004 asks for, in modules.
	quietZone = 4
)

// ErrTooSmall is the answer to a text whose symbol has more modules than the
// asked size has pixels.
var ErrTooSmall = errors.New("qr: the size has fewer pixels than the symbol has modules")

// symbolOf chooses the smallest symbol of level M, which survives the loss of
// 15 % of its area. A pass code, 122 characters of the alphanumeric mode, fills
// version 5 to the bit.
func symbolOf(text string) (*qrcode.QRCode, error) {
	symbol, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		// The library's error does not carry the text.
		return nil, err
	}
	symbol.DisableBorder = true
	return symbol, nil
}

// modulesOf is the symbol without its quiet zone, as [row][column], dark is true.
func modulesOf(text string) ([][]bool, error) {
	symbol, err := symbolOf(text)
	if err != nil {
		return nil, err
	}
	return symbol.Bitmap(), nil
}

func clamp(size int) int { return min(max(size, MinSize), MaxSize) }
