package kone

import "time"

// Hurry makes everything happen at once that otherwise takes minutes.
func (k *KONE) Hurry() {
	k.pace.ping, k.pace.renew, k.pace.again = time.Millisecond, time.Millisecond, time.Millisecond
}

// Impatient gives a ping up at once.
func (k *KONE) Impatient() { k.pace.answer = 20 * time.Millisecond }
