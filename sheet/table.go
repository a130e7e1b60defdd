package sheet

import (
	"context"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/model"
)

// table collects rows within limits.
type table struct {
	ctx    context.Context
	limits Limits
	rows   []Row
}

// add takes a row, unless it is blank.
func (t *table) add(number int, cells []string) error {
	if number > walkedLimit {
		return tooMany("range", "<="+strconv.Itoa(t.limits.Rows))
	}
	if number%256 == 0 && t.ctx.Err() != nil {
		return model.FailLater(model.CodeTimeout, 1, t.ctx.Err())
	}
	out, blank := make([]string, 0, min(len(cells), t.limits.Columns)), true
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell != "" && i >= t.limits.Columns {
			return tooMany("length", "<="+strconv.Itoa(t.limits.Columns))
		}
		if i < t.limits.Columns {
			out = append(out, cell)
		}
		blank = blank && cell == ""
	}
	if blank {
		return nil
	}
	if len(t.rows) == t.limits.Rows {
		return tooMany("range", "<="+strconv.Itoa(t.limits.Rows))
	}
	t.rows = append(t.rows, Row{Number: number, Cells: out})
	return nil
}
