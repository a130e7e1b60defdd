package model

// States of a key of idempotency.
const (
	IdempotencyRunning  = "running"
	IdempotencyAnswered = "answered"
)

// IdempotencyKey is one use of an Idempotency-Key: while the first request with
// it runs, and then with what that answered.
type IdempotencyKey struct {
	// Caller is the account, or the device, to whom the key belongs.
	Caller string
	// KeyHash and RequestDigest are hex SM3; what they were made from is not kept.
	KeyHash       string
	RequestDigest string
	State         string
	// CreatedAt (Unix ms) also tells one claim of the same key from the next.
	CreatedAt int64
	ExpiresAt int64
	// Answer is set once the state is answered.
	Answer Answer
}

// Answer is an HTTP answer as it was first given.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}
