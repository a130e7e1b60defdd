package main

import (
	"fmt"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// lateAfter is how long an event may wait before it is worth a word: a recipient
// that answers gets it within seconds.
const lateAfter = 15 * time.Minute

// recipients looks at what waits for the outside systems.
func (c *checkup) recipients(tx *store.Tx, now int64) {
	queues, err := tx.Queues()
	if err != nil {
		c.broken("recipients", err)
		return
	}
	if len(queues) == 0 {
		c.add("recipients", good, "没有登记接收方。", "No recipients are registered.")
	}
	for _, q := range queues {
		c.queue(q, now)
	}
}

func (c *checkup) queue(q store.Queue, now int64) {
	level := good
	if q.Dead > 0 || q.State != model.StateActive || q.Waiting > 0 && now-q.OldestAt > lateAfter.Milliseconds() {
		level = odd
	}
	zh := fmt.Sprintf("%s（%s，%s）：等待 %d，放弃 %d", q.Name, q.RecipientID, q.State, q.Waiting, q.Dead)
	en := fmt.Sprintf("%s (%s, %s): %d waiting, %d given up", q.Name, q.RecipientID, q.State, q.Waiting, q.Dead)
	if q.LastDetail != "" {
		zh += "，最近的原因 " + q.LastDetail
		en += ", latest reason " + q.LastDetail
	}
	c.add("recipients", level, zh+"。", en+".")
}
