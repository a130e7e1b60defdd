package gm

import (
	"crypto/ecdsa"
	"crypto/rand"
	"slices"

	"github.com/emmansun/gmsm/sm2"

	"communitypass.cn/communitypass/model"
)

// DeviceKey is the SM2 key that a device makes for itself and never hands out. It
// signs what the device says, and wraps the keys that the device keeps on its disk.
type DeviceKey struct {
	key    *SM2Key
	secret func() []byte
}

// NewDeviceKey draws a key.
func NewDeviceKey() (*DeviceKey, error) {
	secret, _, err := newSM2Secret()
	if err != nil {
		return nil, err
	}
	return OpenDeviceKey(secret)
}

// OpenDeviceKey reads a key from its secret number, 32 bytes; anything else is
// model.CodeKeyMissing.
func OpenDeviceKey(secret []byte) (*DeviceKey, error) {
	private, err := sm2.NewPrivateKey(secret)
	if err != nil {
		return nil, badKey("of the device", "its secret is not an SM2 key")
	}
	point, err := sm2.PublicKeyToECDH(&private.PublicKey)
	if err != nil {
		return nil, badKey("of the device", "its public key is refused")
	}
	key, err := newSM2Key(opened{model.Key{ID: "of the device", Public: point.Bytes()}, secret})
	if err != nil {
		return nil, err
	}
	secret = slices.Clone(secret)
	return &DeviceKey{key, func() []byte { return slices.Clone(secret) }}, nil
}

// Secret is the secret number, for the file that only its owner may read.
func (k *DeviceKey) Secret() []byte { return k.secret() }

// PublicBytes is the uncompressed point: 4 ‖ x ‖ y, 65 bytes.
func (k *DeviceKey) PublicBytes() []byte { return k.key.PublicBytes() }

// Public is the key for VerifySM2.
func (k *DeviceKey) Public() *ecdsa.PublicKey { return k.key.Public() }

// Sign is SM2Key.Sign: r ‖ s, 64 bytes.
func (k *DeviceKey) Sign(message []byte) ([]byte, error) { return k.key.Sign(message) }

// NewDataKey draws an SM4 key and wraps it for this device with SM2 encryption
// (GB/T 32918.4, ASN.1 of GM/T 0009): only the device itself can open it.
func (k *DeviceKey) NewDataKey() (wrapped []byte, dk *DataKey, err error) {
	secret := random(dataKeySize)
	if wrapped, err = sm2.EncryptASN1(rand.Reader, k.key.Public(), secret); err != nil {
		return nil, nil, model.Fail(model.CodeInternal, err)
	}
	b, err := newBox(secret)
	if err != nil {
		return nil, nil, model.Fail(model.CodeInternal, err)
	}
	return wrapped, &DataKey{b}, nil
}

// OpenDataKey is the reverse of NewDataKey; another device's key, or changed bytes,
// are an error that is ErrSealed.
func (k *DeviceKey) OpenDataKey(wrapped []byte) (*DataKey, error) {
	secret, err := sm2.Decrypt(k.key.Private(), wrapped)
	if err != nil || len(secret) != dataKeySize {
		return nil, model.Fail(model.CodeInternal, ErrSealed)
	}
	b, err := newBox(secret)
	if err != nil {
		return nil, model.Fail(model.CodeInternal, ErrSealed)
	}
	return &DataKey{b}, nil
}

// String shows nothing of the key.
func (k *DeviceKey) String() string { return "device key" }
