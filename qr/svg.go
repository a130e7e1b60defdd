package qr

import "strconv"

// SVG draws the text as an image that is size pixels wide and high (MinSize to
// MaxSize) where nothing else says so, and sharp at any other size. It holds one
// white square and one path, no script, style or reference. It fails for an
// empty text and for one too long for any symbol.
func SVG(text string, size int) ([]byte, error) {
	modules, err := modulesOf(text)
	if err != nil {
		return nil, err
	}
	side := len(modules) + 2*quietZone
	// Half of the modules are dark, in runs of two, and a run takes 15 characters.
	out := make([]byte, 0, 256+len(modules)*len(modules)*4)
	out = append(out, `<svg xmlns="http://www.w3.org/2000/svg" width="`...)
	out = appendPair(out, clamp(size), `" height="`, clamp(size))
	out = append(out, `" viewBox="0 0 `...)
	out = appendPair(out, side, " ", side)
	out = append(out, `" shape-rendering="crispEdges"><rect width="`...)
	out = appendPair(out, side, `" height="`, side)
	out = append(out, `" fill="#fff"/><path fill="#000" d="`...)
	for y, row := range modules {
		out = appendRuns(out, row, y+quietZone)
	}
	return append(out, `"/></svg>`...), nil
}

// appendRuns writes each run of dark modules of a row as one rectangle.
func appendRuns(out []byte, row []bool, y int) []byte {
	for x := 0; x < len(row); x++ {
		if !row[x] {
			continue
		}
		start := x
		for x < len(row) && row[x] {
			x++
		}
		out = append(out, 'M')
		out = appendPair(out, start+quietZone, " ", y)
		out = append(out, 'h')
		out = appendPair(out, x-start, "v1h-", x-start)
		out = append(out, 'z')
	}
	return out
}

func appendPair(out []byte, a int, between string, b int) []byte {
	out = strconv.AppendInt(out, int64(a), 10)
	out = append(out, between...)
	return strconv.AppendInt(out, int64(b), 10)
}
