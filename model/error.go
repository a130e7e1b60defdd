package model

import (
	"errors"
	"fmt"
	"time"
)

// Code is the stable name of what went wrong. Clients branch on it; the
// sentence people read is looked up from it in their language.
type Code string

// Codes that any operation may answer. A code is extended, never renamed.
const (
	CodeInternal            Code = "internal"
	CodeUnavailable         Code = "unavailable"
	CodeOverloaded          Code = "overloaded"
	CodeStorageFull         Code = "storage_full"
	CodeInvalid             Code = "invalid"
	CodeMalformed           Code = "malformed_body"
	CodeTooLarge            Code = "body_too_large"
	CodeUnsupportedMedia    Code = "unsupported_media_type"
	CodeNotAcceptable       Code = "not_acceptable"
	CodeNotFound            Code = "not_found"
	CodeMethodNotAllowed    Code = "method_not_allowed"
	CodeUnauthenticated     Code = "unauthenticated"
	CodeForbidden           Code = "forbidden"
	CodeConflict            Code = "conflict"
	CodePreconditionFailed  Code = "precondition_failed"
	CodeRateLimited         Code = "rate_limited"
	CodeTimeout             Code = "timeout"
	CodeIdempotencyMismatch Code = "idempotency_key_reused"
	CodeIdempotencyRunning  Code = "idempotency_in_progress"
	CodeWechatCodeInvalid   Code = "wechat_code_invalid"
	CodeWechatBlocked       Code = "wechat_user_blocked"
	CodeWechatUnavailable   Code = "wechat_unavailable"
	CodeCredentialsInvalid  Code = "credentials_invalid"
	CodeTOTPRequired        Code = "totp_required"
	CodeAccountLocked       Code = "account_locked"
	CodeRefreshReused       Code = "refresh_token_reused"
	CodeBootstrapClosed     Code = "bootstrap_closed"
	CodePasswordWeak        Code = "password_weak"
	CodeEnrolmentInvalid    Code = "enrolment_code_invalid"
	CodeResidencyExists     Code = "residency_exists"
	CodeStateChanged        Code = "state_changed"
	CodePassInvalid         Code = "pass_invalid"
	CodeRecipientURLRefused Code = "recipient_url_refused"
	CodeKeyMissing          Code = "key_missing"
	CodeRoleNotGrantable    Code = "role_not_grantable"
	CodeSelfApproval        Code = "self_approval"
	CodeRolesExclude        Code = "roles_exclude"
	CodePasswordExpired     Code = "password_expired"
	CodePasswordReused      Code = "password_reused"
	CodeAccountDormant      Code = "account_dormant"
	CodeConsentRequired     Code = "consent_required"
	CodeOverrideRequired    Code = "override_required"
	CodeCardLimit           Code = "card_limit"
	// CodeAnswerNotYours says that an approval waits for somebody else.
	CodeAnswerNotYours  Code = "answer_not_yours"
	CodeLimitReached    Code = "limit_reached"
	CodeConsentTextOld  Code = "consent_text_outdated"
	CodeNotInEmergency  Code = "not_in_emergency"
	CodeEmergencyExists Code = "emergency_exists"
	CodeAlreadyApproved Code = "already_approved"
	// CodeCommandUnsupported says that no device there knows the command.
	CodeCommandUnsupported Code = "command_unsupported"
	// CodeCommandFailed says that the device did not do it, CodeCommandExpired that
	// nothing is known of it after its life. Neither is tried again by itself.
	CodeCommandFailed  Code = "command_failed"
	CodeCommandExpired Code = "command_expired"
	// CodeCommandUnconfirmed says that the device has the command, and is one that never
	// says what it did with it.
	CodeCommandUnconfirmed Code = "command_unconfirmed"
	// CodeSignatureRequired says that a device which signs what it asks did not;
	// CodeSignatureInvalid that what it asks was not signed so by its key; and
	// CodeSignatureStale that it was, but long ago by our clock.
	CodeSignatureRequired Code = "signature_required"
	CodeSignatureInvalid  Code = "signature_invalid"
	CodeSignatureStale    Code = "signature_stale"
	// CodeStripsOff says that the community's rules let no phone sign codes itself.
	CodeStripsOff Code = "phone_strips_off"
	// CodeFloorNotAllowed says that the lift stops there, but not for the caller.
	CodeFloorNotAllowed Code = "floor_not_allowed"
	CodeLiftFireMode    Code = "lift_fire_mode"
	CodeLiftUnavailable Code = "lift_unavailable"
)

// FieldError names one field of a body or query that was refused. It never
// carries the refused value, which may be personal data.
type FieldError struct {
	// Field is an RFC 6901 JSON pointer for bodies, or the parameter name.
	Field string
	// Code is stable: required, unknown, type, format, length, range, enum, duplicate.
	Code string
	// Limit is the bound that was missed, when a sentence needs it.
	Limit string
}

// Error is the one error type that crosses a package boundary on purpose. Its
// cause is for the log of the operator; people see only the sentence of Code.
type Error struct {
	Code   Code
	Fields []FieldError
	// RetryAfterSeconds is sent as Retry-After when positive.
	RetryAfterSeconds int
	// State is the current state of the thing, for a lost race (409, 412).
	State string
	// ServerTime is told to a device whose clock is wrong; zero is not sent.
	ServerTime time.Time
	Cause      error
}

// Error is for logs of the operator. It names the code and the cause and must
// never be shown to a client.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Cause)
	}
	return string(e.Code)
}

// Unwrap gives the hidden cause.
func (e *Error) Unwrap() error { return e.Cause }

// Fail makes an Error of a code and, optionally, its cause.
func Fail(code Code, cause ...error) *Error {
	e := &Error{Code: code}
	if len(cause) > 0 {
		e.Cause = cause[0]
	}
	return e
}

// FailLater is Fail for what may succeed after the given seconds.
func FailLater(code Code, seconds int, cause ...error) *Error {
	e := Fail(code, cause...)
	e.RetryAfterSeconds = seconds
	return e
}

// Invalid is CodeInvalid with the fields that were refused.
func Invalid(fields ...FieldError) *Error {
	return &Error{Code: CodeInvalid, Fields: fields}
}

// NotFound is the answer for a missing row and for a stranger's row alike.
func NotFound() *Error { return &Error{Code: CodeNotFound} }

// CodeOf finds the code in a chain of errors, or CodeInternal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// IsNotFound reports whether err says that a row is missing.
func IsNotFound(err error) bool { return err != nil && CodeOf(err) == CodeNotFound }
