package main

import (
	"fmt"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// oldest is a year in which this program did not exist yet.
	oldest = 2026
	// newest is a year that only a broken clock shows.
	newest = 2100
	// drift between clocks that is worth a word, and that harms: a code lives 30 s.
	driftOdd, driftBad = 2 * time.Second, 15 * time.Second
	// stepped is how far the wall clock may move against the monotonic one while
	// the doctor looks, before somebody must have set it.
	stepped = 200 * time.Millisecond
)

// clock judges the machine's clock by two looks at it.
func (c *checkup) clock(first, last time.Time) {
	walked := last.Round(0).Sub(first.Round(0)) // without the monotonic reading
	if y := last.Year(); y < oldest || y > newest {
		c.add("clock", bad, fmt.Sprintf("系统时间是 %d 年，通行码会全部失效。请对时（NTP）。", y),
			fmt.Sprintf("The clock shows the year %d: no pass code will hold. Set it (NTP).", y))
		return
	}
	if jump := (walked - last.Sub(first)).Abs(); jump > stepped {
		c.add("clock", odd, "系统时间在检查期间跳动了 "+jump.String()+"：请检查对时服务。",
			"The clock jumped by "+jump.String()+" during the check: look after the time service.")
		return
	}
	c.add("clock", good, "系统时间 "+last.Format(time.RFC3339)+"。", "The clock shows "+last.Format(time.RFC3339)+".")
}

// databaseClock compares the clocks of the two machines.
func (c *checkup) databaseClock(state store.Condition, now time.Time) {
	apart := now.Sub(model.FromMillis(state.Now)).Abs().Round(time.Millisecond)
	if apart <= driftOdd {
		return
	}
	level := odd
	if apart > driftBad {
		level = bad
	}
	c.add("clock", level, "数据库的时间与本机相差 "+apart.String()+"：请给两台机器对时。",
		"The database's clock is "+apart.String()+" off this machine's: set both (NTP).")
}

// Room on the disk that is worth a word, and that is too little to go on.
const roomOdd, roomBad = 1 << 30, 100 << 20

func (c *checkup) disk(folder string) {
	free, err := freeSpace(folder)
	if err != nil {
		c.add("disk", odd, "看不到数据目录 "+folder+" 的剩余空间。", "The room left for the data folder "+folder+" cannot be seen.")
		return
	}
	level := good
	switch {
	case free < roomBad:
		level = bad
	case free < roomOdd:
		level = odd
	}
	c.add("disk", level, "数据目录所在磁盘剩余 "+size(free)+"。", "The data folder's disk has "+size(free)+" left.")
}

// size reads well: 12.3 MB.
func size(bytes int64) string {
	n, unit := float64(bytes), "B"
	for _, next := range []string{"KB", "MB", "GB", "TB"} {
		if n < 1024 {
			break
		}
		n, unit = n/1024, next
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %s", n, unit)
}
