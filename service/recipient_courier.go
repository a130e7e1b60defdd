package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"
)

// Courier takes events to recipients: the webhook sender, seen from here.
type Courier interface {
	// Send makes one attempt, signed with the recipient's secrets (two while one
	// is rotated) and, where it wants that, with SM2. Sequence 0 is outside of the
	// stream. It ends soon after ctx does, and within some 15 s on its own.
	Send(ctx context.Context, to model.Recipient, d model.Delivery) DeliveryOutcome
	// KeepAlive tells a recipient that we are there, and SignOff that we go, in the
	// formats that have such; in the others they are delivered at once.
	KeepAlive(ctx context.Context, to model.Recipient) DeliveryOutcome
	SignOff(ctx context.Context, to model.Recipient) DeliveryOutcome
	// CheckURL answers recipient_url_refused for an address that may not be used.
	CheckURL(ctx context.Context, url string) error
	// NewSecret makes a secret as it is shown to the recipient's staff.
	NewSecret() string
}

// DeliveryClass says what an attempt means for the delivery.
type DeliveryClass string

// Classes of attempts.
const (
	// OutcomeDelivered: answered 2xx.
	OutcomeDelivered DeliveryClass = "delivered"
	// OutcomeRetry: may succeed later.
	OutcomeRetry DeliveryClass = "retry"
	// OutcomePermanent: this event will never be taken; the next one may be.
	OutcomePermanent DeliveryClass = "permanent"
	// OutcomeGone: the recipient wants nothing more.
	OutcomeGone DeliveryClass = "gone"
	// OutcomeRefused: it was not sent, since the address is not allowed.
	OutcomeRefused DeliveryClass = "refused"
)

// DeliveryOutcome is what came of one attempt.
type DeliveryOutcome struct {
	Class DeliveryClass
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// RetryAfter is what the recipient asked for, 0 for nothing.
	RetryAfter time.Duration
	// Detail is a short stable reason in ASCII, never text of the recipient.
	Detail string
	// SM3 is hex over the bytes that were sent, of what was delivered.
	SM3 string
}

// answered says that the recipient is there and reads what it is sent.
func (o DeliveryOutcome) answered() bool {
	return o.Class == OutcomeDelivered || o.Class == OutcomePermanent || o.Class == OutcomeGone
}
