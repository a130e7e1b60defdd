package agent

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// Files of the data folder, all readable by their owner alone. device.key is the
// device's SM2 key; everything else but identity.json is sealed under a key that only
// the device's key opens.
const (
	fileDeviceKey = "device.key"
	fileStoreKey  = "store.key"
	fileIdentity  = "identity.json"
	fileToken     = "token.sealed"
	fileBundle    = "bundle.sealed"
	folderJournal = "journal"
)

const (
	fieldToken  = "agent.token"
	fieldBundle = "agent.bundle"
)

// ErrNotEnrolled says that the data folder holds no identity yet.
var ErrNotEnrolled = errors.New("this device is not enrolled")

// ErrHome says that the data folder cannot be used as it stands.
var ErrHome = errors.New("the data folder cannot be used")

// Identity is what the device knows of itself and of its server. Nothing in it is
// secret.
type Identity struct {
	Server    string             `json:"server"`
	DeviceID  string             `json:"device_id"`
	GateID    string             `json:"gate_id"`
	GateName  string             `json:"gate_name"`
	Direction string             `json:"direction"`
	Fallback  admission.Fallback `json:"fallback"`
	Trust     Trust              `json:"trust"`
	// OffsetMs is the machine's clock less the server's when it was last measured.
	OffsetMs    int64 `json:"offset_ms"`
	OffsetKnown bool  `json:"offset_known"`
	// BundleIssuedAt is when the bundle was made that was last kept, Unix milliseconds:
	// an older one that lies in its place was put there.
	BundleIssuedAt int64 `json:"bundle_issued_at,omitempty"`
	// BundleMarks name the bundle that was last kept, and then one that is about to be:
	// another that lies in its place was put there, whatever its time.
	BundleMarks []string `json:"bundle_marks,omitempty"`
	// Revoked says that the server has withdrawn the device's credential.
	Revoked bool `json:"revoked,omitempty"`
}

// Home is the data folder, with its keys opened.
type Home struct {
	folder string
	Device *gm.DeviceKey
	Seal   *gm.DataKey
}

// OpenHome opens the data folder, and makes it with keys of its own when there is
// nothing there. A key that others may read, or that does not fit, is ErrHome.
func OpenHome(folder string) (*Home, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, errors.Join(ErrHome, err)
	}
	h := &Home{folder: folder}
	if err := h.openDevice(); err != nil {
		return nil, errors.Join(ErrHome, err)
	}
	if err := h.openStore(); err != nil {
		return nil, errors.Join(ErrHome, err)
	}
	return h, nil
}

func (h *Home) path(name string) string { return filepath.Join(h.folder, name) }

func (h *Home) openDevice() error {
	text, err := os.ReadFile(h.path(fileDeviceKey))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(h.path(fileStoreKey)); err == nil {
			return errors.New("device.key is missing, and what is here was sealed by it")
		}
		if h.Device, err = gm.NewDeviceKey(); err != nil {
			return err
		}
		return writeWhole(h.path(fileDeviceKey), []byte(hex.EncodeToString(h.Device.Secret())+"\n"))
	}
	if err != nil {
		return err
	}
	if info, err := os.Stat(h.path(fileDeviceKey)); err != nil || info.Mode().Perm()&0o077 != 0 {
		return errors.Join(errors.New("device.key may be read by others: chmod 600 device.key"), err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return errors.New("device.key is not a key")
	}
	h.Device, err = gm.OpenDeviceKey(secret)
	return err
}

func (h *Home) openStore() error {
	wrapped, err := os.ReadFile(h.path(fileStoreKey))
	if errors.Is(err, fs.ErrNotExist) {
		if wrapped, h.Seal, err = h.Device.NewDataKey(); err != nil {
			return err
		}
		return writeWhole(h.path(fileStoreKey), wrapped)
	}
	if err == nil {
		h.Seal, err = h.Device.OpenDataKey(wrapped)
	}
	return err
}

// Identity reads who this device is; ErrNotEnrolled when it is nobody yet.
func (h *Home) Identity() (Identity, error) {
	var id Identity
	text, err := os.ReadFile(h.path(fileIdentity))
	if errors.Is(err, fs.ErrNotExist) {
		return id, ErrNotEnrolled
	}
	if err == nil {
		err = json.Unmarshal(text, &id)
	}
	if err != nil || id.DeviceID == "" || id.GateID == "" {
		return id, errors.Join(ErrHome, errors.New("identity.json cannot be read"), err)
	}
	return id, nil
}

// SetIdentity keeps who this device is.
func (h *Home) SetIdentity(id Identity) error {
	text, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(h.path(fileIdentity), append(text, '\n'))
}

// Token opens the device token.
func (h *Home) Token() (string, error) {
	sealed, err := os.ReadFile(h.path(fileToken))
	if err != nil {
		return "", errors.Join(ErrHome, err)
	}
	return h.Seal.Open(fieldToken, sealed)
}

// SetToken seals and keeps the device token.
func (h *Home) SetToken(token string) error {
	sealed, err := h.Seal.Seal(fieldToken, token)
	if err != nil {
		return err
	}
	return writeWhole(h.path(fileToken), sealed)
}

// Bundle reads the bundle that was last kept. Nothing there is fs.ErrNotExist; what
// does not open is kept aside and is ErrBundleBroken.
func (h *Home) Bundle() (SignedBundle, error) {
	var s SignedBundle
	sealed, err := os.ReadFile(h.path(fileBundle))
	if err != nil {
		return s, err
	}
	text, err := h.Seal.Open(fieldBundle, sealed)
	if err == nil {
		err = json.Unmarshal([]byte(text), &s)
	}
	if err != nil {
		return s, errors.Join(ErrBundleBroken, keepAside(h.folder, fileBundle+"-"+hex.EncodeToString(gm.SM3(sealed)[:4]), sealed))
	}
	return s, nil
}

// SetBundle keeps a bundle that was verified; the one before it is there until the
// new one is whole.
func (h *Home) SetBundle(s SignedBundle) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	sealed, err := h.Seal.Seal(fieldBundle, string(text))
	if err != nil {
		return err
	}
	if err := writeWhole(h.path(fileBundle), sealed); err != nil {
		return model.Fail(model.CodeStorageFull, err)
	}
	return nil
}

// OpenJournal opens the journal without an agent, to look at it.
func (h *Home) OpenJournal(clock model.Clock) (*Journal, error) {
	return OpenJournal(h.path(folderJournal), h.Seal, clock, func(Entry) {})
}
