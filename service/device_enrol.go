package service

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	enrolmentLife = 10 * time.Minute
	// enrolmentLength is in characters of 5 bits: 80 bits, which ten minutes do not
	// suffice to guess.
	enrolmentLength = 16
	enrolmentGroup  = 4
	enrolmentQRSize = 320
)

// Enrolment is a one-time right to become the device of a gate. Code is shown this
// once, in groups of four.
type Enrolment struct {
	Code      string
	QR        []byte
	GateID    string
	Profile   string
	ExpiresAt int64
}

// CreateEnrolment makes a code with which a device of a profile (reader, agent,
// phone) enrols at a gate within ten minutes. A stranger's gate is not_found.
func (s *Devices) CreateEnrolment(ctx context.Context, caller *model.Caller, gateID, profile string) (Enrolment, error) {
	gate, ok := s.Directory.Gate(gateID)
	if !ok {
		return Enrolment{}, model.NotFound()
	}
	if err := s.Directory.Reach(caller, permissionDeviceEnrol, gate.CommunityID); err != nil {
		return Enrolment{}, err
	}
	e := Enrolment{Code: grouped(model.NewCode(enrolmentLength)), GateID: gateID, Profile: profile, ExpiresAt: s.now() + enrolmentLife.Milliseconds()}
	var err error
	if e.QR, err = s.painter.SVG(e.Code, enrolmentQRSize); err != nil {
		return Enrolment{}, err
	}
	row := model.GateEnrolment{CodeHash: enrolmentHash(e.Code), CommunityID: gate.CommunityID, GateID: gateID, Profile: profile,
		CreatedBy: caller.AccountID, CreatedAt: s.now(), ExpiresAt: e.ExpiresAt}
	return e, s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CreateEnrolment(row); err != nil {
			return err
		}
		return tx.Audit(caller, gate.CommunityID, "enrolment.create", "gate", gateID, map[string]string{"profile": profile})
	})
}

// Enrol is what a device says of itself when it enrols.
type Enrol struct {
	Code string
	Name string
	// PublicKey is an uncompressed SM2 point in base64, or empty.
	PublicKey string
}

// Enrolled is a new device with its token, which is shown this once.
type Enrolled struct {
	Device    model.Device
	Token     string
	Gate      model.Gate
	Now       int64
	BundleURL string
}

// Enrol exchanges a code for a device's own credential. Of many that show one code
// one gets it. Errors: enrolment_code_invalid for a code that is unknown, used or
// too old; invalid for a name or key that cannot stand, which spends no code.
func (s *Devices) Enrol(ctx context.Context, in Enrol) (Enrolled, error) {
	name, err := tidyName("/device_name", in.Name)
	if err != nil {
		return Enrolled{}, err
	}
	key, err := devicePoint(in.PublicKey)
	if err != nil {
		return Enrolled{}, err
	}
	now := s.now()
	out := Enrolled{Token: model.NewSecret("dt"), Now: now, BundleURL: s.publicURL + "/v1/gate/bundle"}
	out.Device = model.Device{ID: model.NewID(s.Clock.Now()), Name: name, PublicKey: key, TokenHash: gm.HashToken(out.Token),
		State: model.StateActive, EnrolledAt: now}
	err = s.Store.Update(ctx, func(tx *store.Tx) error { return s.enrol(tx, enrolmentHash(in.Code), &out) })
	if err != nil {
		return Enrolled{}, err
	}
	s.showHere(ctx, s.Directory.LoadPlaces)
	return out, nil
}

func (s *Devices) enrol(tx *store.Tx, codeHash string, out *Enrolled) error {
	right, err := tx.UseEnrolment(codeHash, out.Device.ID)
	if model.IsNotFound(err) {
		return model.Fail(model.CodeEnrolmentInvalid)
	}
	if err != nil {
		return err
	}
	dev := &out.Device
	dev.CommunityID, dev.GateID, dev.Profile = right.CommunityID, right.GateID, right.Profile
	if out.Gate, err = tx.Gate(dev.CommunityID, dev.GateID); err != nil {
		return err
	}
	if err := tx.CreateDevice(*dev); err != nil {
		return err
	}
	actor := &model.Caller{Kind: model.CallerDevice, AccountID: dev.ID}
	if err := tx.Audit(actor, dev.CommunityID, "device.enrol", "device", dev.ID,
		map[string]string{"gate_id": dev.GateID, "profile": dev.Profile, "enrolment_by": right.CreatedBy}); err != nil {
		return err
	}
	return s.tellStatus(tx, dev, dev.EnrolledAt)
}

// grouped sets dashes between groups of characters, so that a code can be read out.
func grouped(code string) string {
	var b strings.Builder
	for i, c := range code {
		if i > 0 && i%enrolmentGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// enrolmentHash is how a code is stored. A plain digest will do for 80 random bits
// that live ten minutes. What people mistake when they type is put right first:
// the alphabet has no O, I or L.
func enrolmentHash(code string) string {
	return gm.HashToken(strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code)))
}

// devicePoint reads a device's key, with or without padding.
func devicePoint(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	point, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimSuffix(text, "="))
	if err == nil {
		_, err = gm.ParsePublic(point)
	}
	if err != nil {
		return nil, model.Invalid(model.FieldError{Field: "/public_key", Code: "format"})
	}
	return point, nil
}
