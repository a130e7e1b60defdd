package day

import (
	"context"
	"io"
	"time"
)

const (
	// away is how long the recipients do not answer, hourStep by how much the clock is
	// moved at once: less than what a receiver of webhooks takes for old.
	away     = time.Hour
	hourStep = 200 * time.Second
	// longestQueue is how long what waits may take once the recipients are back: the
	// longest pause between two attempts that an hour can lead to, and half as much.
	longestQueue = 3 * time.Hour
	// longestSending is how often soon is waited for what is due to be sent: a minute of a
	// machine that has other work.
	longestSending = 12
)

// PlayDevices plays a day of eight kinds of devices at once, with the recipients away for
// an hour, and compares the books of all.
func PlayDevices(ctx context.Context, out io.Writer, o Options) (Tally, error) {
	f := &fleet{told: map[string]int{}}
	return play(ctx, out, o, []chapter{
		{"08:00 八种设备与两个接收方登记 Eight kinds of devices and two recipients are made known", func(d *Day) { f.Day = d; f.open() }},
		{"09:00 各设备上报，接收方正常 All speak, and the recipients hear", func(*Day) { f.round(); f.later(hourStep) }},
		{"10:00 接收方中断一小时 The recipients are away for an hour", func(*Day) { f.outage() }},
		{"11:00 接收方恢复 The recipients are back", func(*Day) { f.round(); f.mend() }},
		{"12:00 对账 The books are compared", func(*Day) { f.books(); f.close() }},
	})
}

// outage lets the recipients fail in every way while the devices go on.
func (f *fleet) outage() {
	steps := int((away + hourStep - 1) / hourStep)
	rounds := min(max(f.Rounds, 1), steps)
	played := 0
	for step := range steps {
		for _, r := range f.recipients {
			r.fail(step)
		}
		if step*rounds/steps == played && played < rounds {
			f.round()
			played++
		}
		f.later(hourStep)
	}
	for _, r := range f.recipients {
		f.check("what was said meanwhile waits for "+r.name, f.waiting(r) > 0, f.staff("钱经理").get(r.path()))
	}
	f.check("the devices spoke all the while", played == rounds, played, rounds)
}

// mend lets the recipients answer again, and time pass until nothing waits.
func (f *fleet) mend() {
	for _, r := range f.recipients {
		r.heal()
	}
	for range int(longestQueue / hourStep) {
		if f.waiting(f.recipients[0])+f.waiting(f.recipients[1]) == 0 {
			break
		}
		f.later(hourStep)
	}
	// All of it is due by now; the clock was moved, but the senders go by the machine's time.
	for range longestSending {
		if f.soon(func() bool { return f.waiting(f.recipients[0])+f.waiting(f.recipients[1]) == 0 }) {
			break
		}
	}
	for _, r := range f.recipients {
		f.check("nothing waits for "+r.name+" any more", f.waiting(r) == 0, f.staff("钱经理").get(r.path()))
	}
}
