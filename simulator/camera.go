package simulator

import (
	"bytes"
	"image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// ReadQR reads the QR symbol of a drawn PNG, as a gate's camera reads the phone
// held before it. It takes an image that was drawn, not photographed: the search
// for a symbol in a photograph takes the data of some symbols for its corner.
func ReadQR(image []byte) (string, error) {
	drawn, err := png.Decode(bytes.NewReader(image))
	if err != nil {
		return "", err
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(drawn)
	if err != nil {
		return "", err
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}
