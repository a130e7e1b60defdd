package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// WechatPhone turns the code of the mini-program's getPhoneNumber into the phone
// that WeChat vouches for: digits, without the country's for the mainland. Errors:
// wechat_code_invalid, wechat_unavailable.
type WechatPhone interface {
	PhoneNumber(ctx context.Context, code string) (string, error)
}

// Residents is what a resident sees and sets of himself.
type Residents struct {
	Deps
	phones WechatPhone
}

// NewResidents makes the use cases of residents.
func NewResidents(d Deps, phones WechatPhone) *Residents { return &Residents{Deps: d, phones: phones} }

// ownResidencies bounds how many residencies one person is shown.
const ownResidencies = 100

// Duties that a resident may be told of.
const (
	DutyConfirmPhone   = "confirm_phone"
	DutyClaimHousehold = "claim_household"
)

// Me is a resident as shown to himself, masked: screens are photographed.
type Me struct {
	PersonID    string
	NameMasked  string
	PhoneMasked string // empty until confirmed
	Residencies []ResidencyView
	// Duties is what is due, in the order to do it.
	Duties []string
}

// Me shows the caller. Errors: not_found when the person is gone.
func (r *Residents) Me(ctx context.Context, caller *model.Caller) (Me, error) {
	tx := r.Store.View(ctx)
	person, err := tx.Person(caller.PersonID)
	if err != nil {
		return Me{}, err
	}
	found, err := tx.ResidenciesOfPerson(person.ID, "", ownResidencies)
	if err != nil {
		return Me{}, err
	}
	views, err := residencyViews(tx, found)
	if err != nil {
		return Me{}, err
	}
	me := Me{PersonID: person.ID, NameMasked: model.MaskName(person.Name), PhoneMasked: model.MaskPhone(person.Phone), Residencies: views}
	if person.Phone == "" {
		me.Duties = append(me.Duties, DutyConfirmPhone)
	}
	if !anyOpen(found) {
		me.Duties = append(me.Duties, DutyClaimHousehold)
	}
	return me, nil
}

func anyOpen(residencies []model.Residency) bool {
	for _, r := range residencies {
		if r.Status == model.ResidencyPending || r.Status == model.ResidencyActive {
			return true
		}
	}
	return false
}

// PhoneConfirmed is what a confirmed phone has changed.
type PhoneConfirmed struct {
	PhoneMasked string
	// Activated are the pending claims that the roster now agrees with.
	Activated []ResidencyView
}

// SetPhone stores the phone that WeChat vouches for and activates what waited for
// it. Errors: those of WechatPhone, not_found when the person is gone.
func (r *Residents) SetPhone(ctx context.Context, caller *model.Caller, code string) (PhoneConfirmed, error) {
	phone, err := r.phones.PhoneNumber(ctx, code)
	if err != nil {
		return PhoneConfirmed{}, err
	}
	if phone == "" {
		return PhoneConfirmed{}, model.FailLater(model.CodeWechatUnavailable, 1)
	}
	out := PhoneConfirmed{PhoneMasked: model.MaskPhone(phone)}
	err = r.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.LockPerson(caller.PersonID); err != nil {
			return err
		}
		if err := tx.SetPhone(caller.PersonID, phone); err != nil {
			return err
		}
		if err := tx.Audit(caller, "", "person.phone", "person", caller.PersonID, nil); err != nil {
			return err
		}
		var err error
		out.Activated, err = r.activatePending(tx, caller, phone)
		return err
	})
	return out, err
}
