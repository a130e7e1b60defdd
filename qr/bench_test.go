package qr

import (
	"testing"

	qrcode "github.com/skip2/go-qrcode"
)

const benchSize = 360

// BenchmarkLibraryPNG is the library's own way, against which the others count.
func BenchmarkLibraryPNG(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := qrcode.Encode(passCode, qrcode.Medium, benchSize); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkModules is the part of every drawing that the library keeps.
func BenchmarkModules(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := modulesOf(passCode); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := PNG(passCode, benchSize); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SVG(passCode, benchSize); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCachedPNG(b *testing.B) {
	c := NewCache(16)
	for b.Loop() {
		if _, err := c.Image(FormatPNG, passCode, benchSize); err != nil {
			b.Fatal(err)
		}
	}
}
