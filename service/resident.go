package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/admission"
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
	DutyHealthReport   = "health_report"
)

// Me is a resident as shown to himself, masked: screens are photographed.
type Me struct {
	PersonID    string
	NameMasked  string
	PhoneMasked string // empty until confirmed
	Residencies []ResidencyView
	// Dependants are those whom the caller carries.
	Dependants []model.Person
	// Duties is what is due, in the order to do it.
	Duties []string
	// Consents are the purposes that the person has agreed to.
	Consents []string
	// Colour is empty outside an emergency.
	Colour admission.Colour
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
	carried, err := carriedBy(tx, person.ID)
	if err != nil {
		return Me{}, err
	}
	people, err := tx.Persons(carried[1:])
	if err != nil {
		return Me{}, err
	}
	for _, id := range carried[1:] {
		if p, there := people[id]; there {
			me.Dependants = append(me.Dependants, p)
		}
	}
	if me.Consents, err = consentsOf(tx, person.ID); err != nil {
		return Me{}, err
	}
	if person.Phone == "" {
		me.Duties = append(me.Duties, DutyConfirmPhone)
	}
	if !anyOpen(found) {
		me.Duties = append(me.Duties, DutyClaimHousehold)
	}
	return me, r.addHealthDuties(tx, caller, &me)
}

// addHealthDuties is for an emergency: the colour, and a report that is due of the
// caller or of a dependant.
func (r *Residents) addHealthDuties(tx *store.Tx, caller *model.Caller, me *Me) error {
	people, err := ownPeople(tx, caller)
	if err != nil {
		return err
	}
	duties, err := r.duties(tx, caller, people)
	if err != nil {
		return err
	}
	me.Colour = worstColour(duties, caller.PersonID)
	if slices.ContainsFunc(duties, func(d HealthDuty) bool { return d.Due }) {
		me.Duties = append(me.Duties, DutyHealthReport)
	}
	return nil
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
		if out.Activated, err = r.activatePending(tx, caller, phone); err != nil {
			return err
		}
		joined, err := r.joinInvited(tx, caller, phone)
		out.Activated = append(out.Activated, joined...)
		return err
	})
	return out, err
}
