// Package device is the seam between the dialects of devices and the house. Each
// package below it turns one vendor's dialect into neutral events, and what became
// of them into the answer that the device waits for. None of them knows what an
// event leads to.
package device

import (
	"net/http"
	"net/url"
	"time"

	"communitypass.cn/communitypass/model"
)

// Request is what a device sent by HTTP, read whole.
type Request struct {
	Method string
	// Path is what follows the device's own address, beginning with a slash or empty.
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	// At is when it was received.
	At time.Time
	// Device is our id of the device whose address it came to.
	Device string
	// Serial is what that device was made known as; empty when nobody said.
	Serial string
	// AppID is the name under which that device signs; empty when it does not.
	AppID string
	// AuthWord is the word for yes where models differ in it; empty for the usual one.
	AuthWord string
	// Areas are codes, with commas between, of those whose warnings concern the device's
	// community; empty for all.
	Areas string
	// Secret is what it is to prove itself or to sign by, and Remote the host that it called from;
	// they are set for dialects that ask for a proof.
	Secret string
	Remote string
}

// String is the device's id alone: a request holds codes and a secret.
func (r Request) String() string { return "request of device " + r.Device }

// GoString is String, for %#v.
func (r Request) GoString() string { return r.String() }

// Response is the answer in the device's dialect.
type Response struct {
	Status      int
	ContentType string
	Body        []byte
	// Challenge, when set, is the value of WWW-Authenticate.
	Challenge string
}

// Message is what a device said in one request.
type Message struct {
	// Serial is what the device calls itself; empty when it does not say.
	Serial string
	Events []model.DeviceEvent
	// Reply makes the answer from what became of the events, in their order. It is
	// called only after they are stored.
	Reply func([]model.DeviceAnswer) Response
	// Busy is the answer when nothing could be stored, so that the device sends the
	// same again.
	Busy Response
	// Clock is what the device's own clock showed when it sent this, in Unix
	// milliseconds; 0 when it did not say, or told of something past.
	Clock int64
	// Software is its firmware, when it told.
	Software string
	// Order, when not nil, says that the device asks what it is to do: it makes the
	// answer that carries a command. Reply is the answer when there is none.
	// ok is false for a command that it cannot be told, of which it then hears nothing.
	Order func(model.DeviceCommand) (answer Response, ok bool)
	// Look, when not nil, is Reply for a device that is to look once more: what it asked
	// may be answered so too, when it was not let in.
	Look func([]model.DeviceAnswer) Response
	// Patience is how long a device that asks likes to be left waiting when there is
	// nothing, since it asks again at once; 0 for those that wait by themselves.
	Patience time.Duration
	// Took says that the device has what it was given by an earlier Order, and that its
	// dialect has no word for what came of it.
	Took bool
	// Results are what became of commands that it was given.
	Results []model.CommandResult
	// Open, when not nil, asks to have a door opened by another device. The first of
	// Events names the order: one that was told before opens nothing again.
	Open *Opening
}

// Opening is the wish of an outside system to have a door opened.
type Opening struct {
	// Device is our id of the one that is to open.
	Device string
	// Task is what the outside system calls the order; it may stand in what we tell later.
	Task string
	// Answer says what came of it, as a command tells it: done is the only success.
	Answer func(model.CommandOutcome) Response
}

// Dialect reads what devices of one kind send by HTTP.
type Dialect interface {
	// Read makes neutral events of a request. What cannot be read is a *Refusal.
	Read(Request) (Message, error)
}

// Root is a fixed place where devices call that cannot be told another address. They
// name themselves, which proves nothing: such a place needs a network of its own.
type Root struct {
	Protocol string
	// Serial is the parameter of the query that they name themselves in, Header the
	// header; a root has one of the two.
	Serial string
	Header string
}

// Named is what a request says that it is from.
func (r Root) Named(query url.Values, header http.Header) string {
	if r.Header != "" {
		return header.Get(r.Header)
	}
	return query.Get(r.Serial)
}

// Refusal is a request that makes no sense in its dialect, with the answer for it.
type Refusal struct {
	// Reason is a stable word for logs and figures; it quotes nothing of the request.
	Reason string
	Response
}

func (r *Refusal) Error() string { return "device request refused: " + r.Reason }

// Refuse makes the refusal of an unreadable request with a bare status.
func Refuse(reason string, status int) *Refusal {
	return &Refusal{Reason: reason, Response: Response{Status: status, ContentType: "text/plain; charset=utf-8", Body: []byte(http.StatusText(status))}}
}

// Text is an answer of plain text with status 200.
func Text(body string) Response {
	return Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(body)}
}

// JSON is an answer of JSON with status 200.
func JSON(body []byte) Response {
	return Response{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: body}
}
