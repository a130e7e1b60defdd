package service

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Bounds of what the recipient's side hands us.
const (
	shortestSecret = 6
	longestSecret  = 256
	longestAccount = 64
	deviceCodeSize = 20 // GA/T 1400.1, GB/T 28181: a code of 20 digits
)

// checkFormat checks that the kind speaks the format, and that what belongs to the
// format is there and nothing else.
func checkFormat(in RecipientInput) error {
	format, known := model.RecipientFormats[in.Format]
	if !known {
		return model.Invalid(model.FieldError{Field: "/format", Code: "enum"})
	}
	if !slices.Contains(model.RecipientFormats[model.FormatCloudEvents].Kinds, in.Kind) {
		return model.Invalid(model.FieldError{Field: "/kind", Code: "enum"})
	}
	if !slices.Contains(format.Kinds, in.Kind) {
		return model.Invalid(model.FieldError{Field: "/format", Code: "enum"})
	}
	if in.SM2 && format.OwnSecret {
		return model.Invalid(model.FieldError{Field: "/sm2", Code: "unknown"})
	}
	if err := checkSecret(in.Format, in.Secret); err != nil {
		return err
	}
	return checkLogin(format, in)
}

func checkSecret(format, secret string) error {
	return presence("/secret", secret, model.RecipientFormats[format].OwnSecret, func() (string, string) {
		if len(secret) < shortestSecret || len(secret) > longestSecret {
			return "length", "≤" + strconv.Itoa(longestSecret)
		}
		return "", ""
	})
}

func checkLogin(format model.RecipientFormat, in RecipientInput) error {
	err := presence("/account", in.Account, format.Login, func() (string, string) {
		switch {
		case len(in.Account) > longestAccount:
			return "length", "≤" + strconv.Itoa(longestAccount)
		case strings.ContainsFunc(in.Account, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == ':' }):
			return "format", ""
		}
		return "", ""
	})
	if err != nil {
		return err
	}
	return presence("/device_code", in.DeviceCode, format.Login, func() (string, string) {
		if len(in.DeviceCode) != deviceCodeSize || strings.Trim(in.DeviceCode, "0123456789") != "" {
			return "format", ""
		}
		return "", ""
	})
}

// presence checks a text that must be there in some formats and in no other.
func presence(field, value string, wanted bool, wrong func() (code, limit string)) error {
	switch {
	case wanted && value == "":
		return model.Invalid(model.FieldError{Field: field, Code: "required"})
	case !wanted && value != "":
		return model.Invalid(model.FieldError{Field: field, Code: "unknown"})
	case !wanted:
		return nil
	}
	if code, limit := wrong(); code != "" {
		return model.Invalid(model.FieldError{Field: field, Code: code, Limit: limit})
	}
	return nil
}

// secretOverlap is how long the previous secret signs beside a new one.
const secretOverlap = 24 * time.Hour

// RotateSecret gives a new secret, shown this once; both sign for 24 hours. Where the
// recipient's side makes the secrets it takes theirs, which holds at once, and shows
// nothing. Errors: not_found, invalid for a secret that is missing or not wanted.
func (s *Recipients) RotateSecret(ctx context.Context, caller *model.Caller, id, given string) (RecipientShown, string, error) {
	r, err := s.recipient(ctx, caller, "recipient.manage", id)
	if err != nil {
		return RecipientShown{}, "", err
	}
	// Read first: nothing may go wrong between the change and its only showing.
	shown, err := s.shown(ctx, r)
	if err != nil {
		return RecipientShown{}, "", err
	}
	if err := checkSecret(r.Format, given); err != nil {
		return RecipientShown{}, "", err
	}
	made := ""
	if given == "" {
		made = s.courier.NewSecret()
	}
	err = s.change(ctx, caller, r, "recipient.rotate_secret", nil, func(tx *store.Tx) error {
		did, err := tx.RotateSecret(r.CommunityID, id, cmp.Or(given, made), s.now()+secretOverlap.Milliseconds())
		if err == nil && !did {
			err = model.NotFound()
		}
		return err
	})
	if err != nil {
		return RecipientShown{}, "", err
	}
	return shown, made, nil
}
