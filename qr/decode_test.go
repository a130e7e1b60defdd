package qr

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// A reader of symbols and of images that shares nothing with the writer.

// pure says that no camera stands between: gozxing's search for a symbol in a
// photograph takes the data of some symbols for a finder pattern.
var pure = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}

func read(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, pure)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

func openPNG(t *testing.T, raw []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

type svgImage struct {
	XMLName   xml.Name `xml:"http://www.w3.org/2000/svg svg"`
	Width     int      `xml:"width,attr"`
	Height    int      `xml:"height,attr"`
	ViewBox   string   `xml:"viewBox,attr"`
	Rendering string   `xml:"shape-rendering,attr"`
	Paths     []struct {
		D string `xml:"d,attr"`
	} `xml:"path"`
}

func openSVG(t *testing.T, raw []byte) svgImage {
	t.Helper()
	var svg svgImage
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(&svg); err != nil {
		t.Fatal(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Fatalf("something follows the image: %v", err)
	}
	if len(svg.Paths) != 1 {
		t.Fatalf("%d paths, want 1", len(svg.Paths))
	}
	return svg
}

var run = regexp.MustCompile(`^M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// rasterise draws the path at the given pixels per module.
func (svg svgImage) rasterise(t *testing.T, scale int) image.Image {
	t.Helper()
	var side int
	if _, err := fmt.Sscanf(svg.ViewBox, "0 0 %d", &side); err != nil || svg.ViewBox != fmt.Sprintf("0 0 %d %d", side, side) {
		t.Fatalf("view box %q", svg.ViewBox)
	}
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	for rest := svg.Paths[0].D; rest != ""; {
		m := run.FindStringSubmatch(rest)
		if m == nil || m[3] != m[4] {
			t.Fatalf("not a run of modules: %.40q", rest)
		}
		rest = strings.TrimPrefix(rest, m[0])
		x, y, w := number(t, m[1]), number(t, m[2]), number(t, m[3])
		box := image.Rect(x*scale, y*scale, (x+w)*scale, (y+1)*scale)
		if !box.In(img.Rect) {
			t.Fatalf("%s lies outside", m[0])
		}
		draw.Draw(img, box, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return img
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// inked is the smallest box around everything dark.
func inked(img image.Image) (box image.Rectangle) {
	bounds := img.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if dark(img, x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

func dark(img image.Image, x, y int) bool {
	return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y < 0x80
}
