package gm

import "communitypass.cn/communitypass/model"

// DataKey seals the personal fields of one subject: a person, or an emergency.
// Only its wrapped form is stored; deleting that deletes what it sealed,
// wherever copies lie.
type DataKey struct{ box box }

// NewDataKey draws an SM4 key for a subject and wraps it under the active data
// key of the ring, bound to the subject's id.
func (r *Ring) NewDataKey(subjectID string) (wrapped []byte, dk *DataKey, err error) {
	secret := random(dataKeySize)
	if wrapped, err = r.seal(kindDataKey, subjectID, secret); err != nil {
		return nil, nil, err
	}
	b, err := newBox(secret)
	if err != nil {
		return nil, nil, err
	}
	return wrapped, &DataKey{b}, nil
}

// OpenDataKey unwraps a subject's key. Its errors are those of Ring.Open.
func (r *Ring) OpenDataKey(subjectID string, wrapped []byte) (*DataKey, error) {
	secret, err := r.open(kindDataKey, subjectID, wrapped)
	if err != nil {
		return nil, err
	}
	b, err := newBox(secret)
	if err != nil {
		return nil, model.Fail(model.CodeInternal, ErrSealed)
	}
	return &DataKey{b}, nil
}

// Rewrap moves a wrapped key to the active data key, so that the old one can be
// retired. It answers the same bytes and false when it is there already.
func (r *Ring) Rewrap(subjectID string, wrapped []byte) ([]byte, bool, error) {
	if number, ok := sealedBy(wrapped); ok && number == r.activeData && number != 0 {
		return wrapped, false, nil
	}
	secret, err := r.open(kindDataKey, subjectID, wrapped)
	if err != nil {
		return nil, false, err
	}
	out, err := r.seal(kindDataKey, subjectID, secret)
	if err != nil {
		return nil, false, err
	}
	return out, true, nil
}

// Seal encrypts one field: nonce (12) ‖ ciphertext ‖ tag (16). The field's name,
// such as "persons.name", is authenticated, so that columns cannot be swapped.
// Empty text is nil: that a field is absent is no secret.
func (d *DataKey) Seal(field, plaintext string) ([]byte, error) {
	if field == "" {
		return nil, model.Fail(model.CodeInternal, errContext)
	}
	if plaintext == "" {
		return nil, nil
	}
	return d.box.seal(nil, []byte(plaintext), boundTo("field", field)), nil
}

// Open is the reverse of Seal; other bytes, field or key are an error that is
// ErrSealed.
func (d *DataKey) Open(field string, sealed []byte) (string, error) {
	if field == "" {
		return "", model.Fail(model.CodeInternal, errContext)
	}
	if len(sealed) == 0 {
		return "", nil
	}
	plaintext, err := d.box.open(sealed, boundTo("field", field))
	if err != nil {
		return "", model.Fail(model.CodeInternal, err)
	}
	return string(plaintext), nil
}
