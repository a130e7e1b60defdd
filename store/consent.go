package store

import "communitypass.cn/communitypass/model"

// CreateConsent stores that a person agreed.
func (t *Tx) CreateConsent(c model.Consent) error {
	return translate(t.db.Create(&c).Error)
}

// Consented reports whether the person's consent to the purpose stands.
func (t *Tx) Consented(personID string, purpose model.ConsentPurpose) (bool, error) {
	var n int64
	err := t.db.Model(&model.Consent{}).Where("person_id = ? AND purpose = ? AND withdrawn_at = 0", personID, purpose).Count(&n).Error
	return n > 0, translate(err)
}

// ConsentsOf lists all that a person ever agreed to, newest first.
func (t *Tx) ConsentsOf(personID string) ([]model.Consent, error) {
	var out []model.Consent
	err := t.db.Where("person_id = ?", personID).Order("id DESC").Find(&out).Error
	return out, translate(err)
}

// WithdrawConsent ends a consent that stands and says whether it did.
func (t *Tx) WithdrawConsent(personID string, purpose model.ConsentPurpose) (bool, error) {
	return changed(t.db.Model(&model.Consent{}).Where("person_id = ? AND purpose = ? AND withdrawn_at = 0", personID, purpose).
		Update("withdrawn_at", t.now()))
}
