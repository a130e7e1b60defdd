package middleware

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// Rate allows Events in a time of Per, and as many at once. The zero value sets
// no limit.
type Rate struct {
	Events int
	Per    time.Duration
}

// Limits are how often one client may ask, by class of operation. The zero value
// limits nothing.
type Limits struct {
	// SignIn and Enrol (with bootstrap) count by the client's network, since
	// nobody is known yet.
	SignIn, Enrol Rate
	// Codes, QR, Writes and Device count by account, which is the device for devices.
	Codes, QR, Writes, Device Rate
	// Entry and Ask count by the client's network: reading the form of a gate, and
	// asking there to be let in.
	Entry, Ask Rate
}

// DefaultLimits are generous for people and tight for guessing.
func DefaultLimits() Limits {
	return Limits{SignIn: Rate{30, time.Minute}, Enrol: Rate{10, time.Minute}, Codes: Rate{120, time.Minute},
		QR: Rate{60, time.Minute}, Writes: Rate{300, time.Minute}, Device: Rate{2000, time.Second},
		Entry: Rate{60, time.Minute}, Ask: Rate{20, time.Minute}}
}

// class is the bucket that an operation is counted in.
type class int

const (
	classNone class = iota
	classSignIn
	classEnrol
	classCodes
	classQR
	classWrites
	classDevice
	classEntry
	classAsk
	classes
)

// classOf sorts an operation. Reads of signed-in people are not counted.
func classOf(op *Operation) class {
	switch {
	case op.ID == "issueCodes", op.ID == "issueVisitCodes":
		return classCodes
	case op.ID == "getPassQR":
		return classQR
	case op.deviceOnly:
		return classDevice
	case op.open && strings.HasPrefix(op.Route, "/v1/sessions/"):
		return classSignIn
	case op.ID == "getEntry":
		return classEntry
	case op.ID == "askVisit", op.ID == "acceptInvitation":
		return classAsk
	case op.open && op.Method != "GET":
		return classEnrol
	case op.Method != "GET":
		return classWrites
	}
	return classNone
}

// SharedBuckets are buckets that all replicas take from. Take gives how long to wait, 0
// when one was taken or when it cannot be known.
type SharedBuckets interface {
	Take(ctx context.Context, key string, events int, per time.Duration) time.Duration
}

// Limit refuses with rate_limited whoever asks too often, and says when to come
// again. It counts in the memory of this replica, and where there are shared buckets in
// those as well; devices are counted in memory alone, since a gate waits for nothing
// that it can do without.
func Limit(limits Limits, shared SharedBuckets, clock model.Clock) gin.HandlerFunc {
	rates := [classes]Rate{classSignIn: limits.SignIn, classEnrol: limits.Enrol, classCodes: limits.Codes,
		classQR: limits.QR, classWrites: limits.Writes, classDevice: limits.Device, classEntry: limits.Entry, classAsk: limits.Ask}
	var byClass [classes]*limiter
	for class, r := range rates {
		byClass[class] = newLimiter(r)
	}
	return func(c *gin.Context) {
		p := passingOf(c)
		if p.operation == nil {
			return
		}
		class := p.operation.class
		l := byClass[class]
		if l == nil {
			return
		}
		key := network(p.clientIP)
		if p.caller != nil {
			key = p.caller.AccountID
		}
		wait := l.take(key, clock.Now())
		if wait == 0 && shared != nil && class != classDevice {
			wait = shared.Take(c.Request.Context(), strconv.Itoa(int(class))+" "+key, rates[class].Events, rates[class].Per)
		}
		if wait > 0 {
			fail(c, model.FailLater(model.CodeRateLimited, int(math.Ceil(wait.Seconds()))))
		}
	}
}
