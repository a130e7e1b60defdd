package qr

import (
	"errors"
	"image"
	"math/rand/v2"
	"strings"
	"testing"
)

// passCode has the shape of a pass code: 122 characters of Base45.
const passCode = "W62W50J0ML60$Y89IH700U$3Q60-71Z73G3JTZIPSP2IC8C3R%NQA1DFU14E +6ZZH*GEE/1UGV+AP+QIWAR34HQ/JJLK.JHTSENJK0%BC9T4/PFPT2-E36CD0"

const (
	alphanumeric    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	passCodeModules = 37
)

var texts = map[string]string{
	"pass code":          passCode,
	"one character":      "A",
	"digits":             strings.Repeat("0123456789", 12) + "01",
	"link, lower case":   "https://community.example.cn/e/#7Q2M9XK4",
	"Chinese":            "社区通行 北门",
	"quotes and markup":  `<svg onload="x">&amp;</svg>`,
	"version 10 and up":  strings.Repeat(passCode, 4),
	"begins with spaces": "  " + passCode[2:],
}

// sizes with the size that they count as.
var sizes = map[int]int{-5: 64, 0: 64, 64: 64, 65: 65, 100: 100, 256: 256, 301: 301, 1024: 1024, 1 << 30: 1024}

func versionOf(t *testing.T, text string) int {
	t.Helper()
	symbol, err := symbolOf(text)
	if err != nil {
		t.Fatal(err)
	}
	return symbol.VersionNumber
}

func TestPassCodesAreVersionFive(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 37))
	text := make([]byte, len(passCode))
	for range 2000 {
		for i := range text {
			text[i] = alphanumeric[random.IntN(len(alphanumeric))]
		}
		if v := versionOf(t, string(text)); v != 5 {
			t.Fatalf("%q takes version %d", text, v)
		}
		// A long run of digits, which tempts an encoder to change modes, may make the
		// symbol smaller, never larger.
		for i := range random.IntN(len(text)) {
			text[i] = alphanumeric[random.IntN(10)]
		}
		if v := versionOf(t, string(text)); v > 5 {
			t.Fatalf("%q takes version %d", text, v)
		}
	}
	modules, err := modulesOf(passCode)
	if err != nil {
		t.Fatal(err)
	}
	if len(modules) != passCodeModules || len(modules[0]) != passCodeModules {
		t.Errorf("%d × %d modules", len(modules), len(modules[0]))
	}
}

// One character more, or one that alphanumeric mode lacks, no longer fits: the
// format is as large as it can be.
func TestPassCodeFillsItsSymbol(t *testing.T) {
	for _, text := range []string{passCode + "0", strings.ToLower(passCode)} {
		if v := versionOf(t, text); v <= 5 {
			t.Errorf("%q takes version %d", text, v)
		}
	}
}

func TestPNGIsRead(t *testing.T) {
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			raw, err := PNG(text, 400)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, openPNG(t, raw)); got != text {
				t.Errorf("read %q, want %q", got, text)
			}
		})
	}
}

func TestPNGLayout(t *testing.T) {
	for asked, size := range sizes {
		raw, err := PNG(passCode, asked)
		if err != nil {
			t.Fatal(err)
		}
		img := openPNG(t, raw)
		if img.Bounds() != image.Rect(0, 0, size, size) {
			t.Errorf("asked %d: %s, want %d", asked, img.Bounds(), size)
		}
		scale := size / (passCodeModules + 8)
		left := (size - passCodeModules*scale) / 2
		want := image.Rect(left, left, left+passCodeModules*scale, left+passCodeModules*scale)
		if got := inked(img); got != want {
			t.Errorf("asked %d: symbol at %s, want %s", asked, got, want)
		}
		if left < 4*scale {
			t.Errorf("asked %d: a border of %d pixels, less than 4 modules", asked, left)
		}
		if got := read(t, img); got != passCode {
			t.Errorf("asked %d: read %q", asked, got)
		}
	}
}

func TestSVGIsRead(t *testing.T) {
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			raw, err := SVG(text, 300)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, openSVG(t, raw).rasterise(t, 4)); got != text {
				t.Errorf("read %q, want %q", got, text)
			}
		})
	}
}

func TestSVGLayout(t *testing.T) {
	for asked, size := range sizes {
		raw, err := SVG(passCode, asked)
		if err != nil {
			t.Fatal(err)
		}
		svg := openSVG(t, raw)
		if svg.Width != size || svg.Height != size || svg.ViewBox != "0 0 45 45" || svg.Rendering != "crispEdges" {
			t.Errorf("asked %d: %d × %d, %q, %q", asked, svg.Width, svg.Height, svg.ViewBox, svg.Rendering)
		}
		if got := inked(svg.rasterise(t, 1)); got != image.Rect(4, 4, 41, 41) {
			t.Errorf("asked %d: symbol at %s", asked, got)
		}
	}
}

// The text of a code never stands in an image in the clear, nor does anything
// that a browser would run or fetch.
func TestSVGHoldsOnlyShapes(t *testing.T) {
	raw, err := SVG(`"/><script>alert(1)</script>`, 300)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"script", "style", "href", "alert", "url("} {
		if strings.Contains(string(raw), word) {
			t.Errorf("the image contains %q", word)
		}
	}
}

func TestFormatsDrawTheSameModules(t *testing.T) {
	rawPNG, err := PNG(passCode, 90)
	if err != nil {
		t.Fatal(err)
	}
	rawSVG, err := SVG(passCode, 90)
	if err != nil {
		t.Fatal(err)
	}
	a, b := openPNG(t, rawPNG), openSVG(t, rawSVG).rasterise(t, 2)
	for y := range 90 {
		for x := range 90 {
			if dark(a, x, y) != dark(b, x, y) {
				t.Fatalf("they differ at %d, %d", x, y)
			}
		}
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	long := strings.Repeat("A", 5000)
	for name, text := range map[string]string{"empty": "", "too long": long} {
		if image, err := PNG(text, 300); err == nil {
			t.Errorf("PNG of %s: %d bytes", name, len(image))
		}
		if image, err := SVG(text, 300); err == nil {
			t.Errorf("SVG of %s: %d bytes", name, len(image))
		}
	}
	if _, err := PNG(texts["version 10 and up"], 64); !errors.Is(err, ErrTooSmall) {
		t.Errorf("more modules than pixels: %v", err)
	}
}
