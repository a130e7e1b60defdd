package service

import (
	"context"
	"crypto/ecdsa"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// keyOf is a device's own public key, nil without one.
func keyOf(dev *model.Device) *ecdsa.PublicKey {
	key, err := gm.ParsePublic(dev.PublicKey)
	if err != nil {
		return nil
	}
	return key
}

// Signs says whether a caller is a device that can sign what it asks, and whether it
// must, since it has done so before: then its token alone is worth nothing.
func (s *Devices) Signs(caller *model.Caller) (can, must bool) {
	if caller == nil || caller.Kind != model.CallerDevice {
		return false, false
	}
	dev, ok := s.Directory.Device(caller.AccountID)
	if !ok || dev.Key == nil {
		return false, false
	}
	_, here := s.Directory.signing.Load(dev.ID)
	return true, here || dev.SignsSince != 0
}

// Signed checks a device's signature over a base. The first right one is written down
// before the request goes on: from then on the device must sign, at every replica
// within a second. Errors: signature_invalid.
func (s *Devices) Signed(ctx context.Context, caller *model.Caller, keyID string, base, signature []byte) error {
	dev, ok := s.Directory.Device(caller.AccountID)
	if !ok || keyID != dev.ID || !gm.VerifySM2(dev.Key, base, signature) {
		return model.Fail(model.CodeSignatureInvalid)
	}
	if _, must := s.Signs(caller); must {
		return nil
	}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeviceSigns(dev.CommunityID, dev.ID, s.now()); err != nil {
			return err
		}
		return tx.Changed(model.ChangeDevice, dev.CommunityID, dev.ID)
	})
	if err == nil {
		s.Directory.signing.Store(dev.ID, struct{}{})
	}
	return err
}
