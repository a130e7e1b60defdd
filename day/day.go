// Package day is one day in the life of a community, played over HTTP against the
// program itself: people do what people do, the clock is moved, and what must be so
// is checked. It knows the server by its contract alone.
package day

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Options say against what the day is played.
type Options struct {
	// Program is the path of the server's program.
	Program string
	// Database is the address of an empty MySQL database; empty is a SQLite file.
	Database string
	// Households is how many are imported.
	Households int
	// Rounds is how often the devices speak while the recipients are away, in PlayDevices.
	Rounds int
}

// Tally counts checks.
type Tally struct{ Passed, Failed int }

// chapter is one part of the day.
type chapter struct {
	title string
	play  func(d *Day)
}

// chapters in the order in which they are played; each may build on those before.
func chapters() []chapter {
	return []chapter{
		{"00:00 四百户名册导入 The roster of 400 households is imported", (*Day).moveIn},
		{"07:00 宣布应急状态 An emergency is declared", (*Day).declareEmergency},
		{"08:00 健康申报 Health reports, in time and late", (*Day).healthReports},
		{"12:00 限制与申诉 A restriction that nobody answers for", (*Day).restrictions},
		{"16:00 应急结束 The emergency ends, and what was reported with it", (*Day).endEmergency},
		{"17:00 规则预演 Rules, rehearsed and rolled back", (*Day).ruleChanges},
		{"10:00 租约、家政、查找 A lease, a helper's hours, finding people", (*Day).tenancy},
		{"09:00 来访：受邀、三级审批、快递、团体 Visitors, invited and at the gate", (*Day).visits},
		{"15:00 没有手机：纸质卡、口令、查找 Without a phone", (*Day).noPhone},
		{"17:00 晚高峰 The evening rush", (*Day).rush},
		{"18:00 通知、微信推送与实时通行 Notices, pushes and the live feed", (*Day).messages},
		{"19:00 事件：报警、处置、逐级上报 Incidents, dealt with and taken up", (*Day).incidents},
		{"20:00 一个人的信息：查看、带走、删除 One person sees, takes along and deletes everything", (*Day).ownData},
		{"22:00 审计 Audit", (*Day).audit},
		{"24:00 八条定律 The laws", (*Day).laws},
	}
}

// Day is one run.
type Day struct {
	*world
	Options
	ctx   context.Context
	out   io.Writer
	tally Tally
	// residents are those who have signed in, by name.
	residents map[string]*caller
	// scans are the answers that gates were given, by scan id.
	scans map[string]string
	// played are the emergencies of the day.
	played emergencies
	// answered is what a gate was told, by passage id, and used how often each code was
	// admitted in a direction and a ring of gates.
	answered map[string]string
	used     map[string]int
	// cards are the codes of printed cards, which stay as they are.
	cards map[string]bool
	// limits are how many admissions a day the pass of a passage has, by passage id.
	limits map[string]int
}

// Play plays the whole day and says how many checks passed and failed. An error
// means that it could not be played to its end.
func Play(ctx context.Context, out io.Writer, o Options) (tally Tally, err error) {
	return play(ctx, out, o, chapters())
}

func play(ctx context.Context, out io.Writer, o Options, chapters []chapter) (tally Tally, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	d := &Day{Options: o, ctx: ctx, out: out, residents: map[string]*caller{}, scans: map[string]string{}, limits: map[string]int{},
		answered: map[string]string{}, used: map[string]int{}, cards: map[string]bool{}}
	if d.world, err = open(ctx, o); err != nil {
		return d.tally, err
	}
	defer d.close()
	for _, c := range chapters {
		fmt.Fprintf(out, "\n%s\n", c.title)
		if err := d.chapter(c); err != nil {
			return d.tally, fmt.Errorf("%s: %w", c.title, err)
		}
	}
	return d.tally, nil
}

// stuck ends a chapter whose rest makes no sense any more.
type stuck struct{ error }

func (d *Day) chapter(c chapter) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(stuck)
			if !ok {
				panic(r)
			}
			err = s.error
		}
	}()
	c.play(d)
	return nil
}

// check counts one check and prints it.
func (d *Day) check(what string, ok bool, got ...any) bool {
	if ok {
		d.tally.Passed++
		fmt.Fprintf(d.out, "  ok    %s\n", what)
		return true
	}
	d.tally.Failed++
	fmt.Fprintf(d.out, "  FAIL  %s: %v\n", what, got)
	return false
}

// must ends the chapter when something that the rest stands on is not so.
func (d *Day) must(what string, ok bool, got ...any) {
	if !d.check(what, ok, got...) {
		panic(stuck{fmt.Errorf("%s: %v", what, got)})
	}
}

// soon waits, a few seconds at most, for what a replica hears a moment later.
func (d *Day) soon(so func() bool) bool {
	for range 100 {
		if so() {
			return true
		}
		select {
		case <-d.ctx.Done():
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
	return false
}
