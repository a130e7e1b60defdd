package middleware

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"communitypass.cn/communitypass/httpsig"
	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// SigningDevices knows which devices sign what they ask, and by which key.
type SigningDevices interface {
	// Signs says whether the caller is a device with a key, and whether it must sign.
	Signs(caller *model.Caller) (can, must bool)
	// Signed checks a signature of the caller over a base; from the first right one on
	// the device must sign. It answers signature_invalid for a wrong one.
	Signed(ctx context.Context, caller *model.Caller, keyID string, base, signature []byte) error
}

// signatureReach is how far from now a signature may have been made.
const signatureReach = 300 * time.Second

// Signed refuses what a device did not sign that must, and whatever was signed wrongly.
// A right signature of another time is told the server's, so that a device with a wrong
// clock finds back. It stands behind the limits, since verifying costs more than asking.
func Signed(devices SigningDevices, clock model.Clock) gin.HandlerFunc {
	return func(c *gin.Context) {
		p := passingOf(c)
		if devices == nil || p.caller == nil || p.caller.Kind != model.CallerDevice {
			return
		}
		can, must := devices.Signs(p.caller)
		if !can {
			return
		}
		if err := checkSignature(c, p, devices, must, clock.Now()); err != nil {
			fail(c, err)
		}
	}
}

func checkSignature(c *gin.Context, p *passing, devices SigningDevices, must bool, now time.Time) error {
	if !must && len(c.Request.Header["Signature-Input"]) == 0 {
		return nil // an agent of before there were signatures
	}
	body, err := wholeBody(c, p.operation)
	if err != nil {
		return err
	}
	s, err := httpsig.Read(c.Request, body)
	switch {
	case errors.Is(err, httpsig.ErrNone) && !must:
		return nil // signed for somebody on the way
	case errors.Is(err, httpsig.ErrNone):
		return model.Fail(model.CodeSignatureRequired)
	case err != nil:
		return model.Fail(model.CodeSignatureInvalid, err)
	}
	if err := devices.Signed(p, p.caller, s.KeyID, s.Base, s.Value); err != nil {
		return err
	}
	if now.Sub(s.Created).Abs() > signatureReach {
		return &model.Error{Code: model.CodeSignatureStale, ServerTime: now}
	}
	return nil
}

// wholeBody reads the body, within the limit that Body has set, and puts it back. A
// body that the contract does not ask for is left unread.
func wholeBody(c *gin.Context, op *Operation) ([]byte, error) {
	if op == nil || !op.takesBody || c.Request.ContentLength == 0 {
		return nil, nil
	}
	body, err := readBody(c.Request)
	if err != nil {
		return nil, err
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}
