package golden

import (
	"fmt"

	"communitypass.cn/communitypass/passcode"
)

// phoneKey is the name of the phone's key in the file.
const phoneKey = "phone"

// stripPart is how many characters of a code of format 3 come before the phone's
// signature.
const stripPart = (passcode.StripSize + 3) / 2 * 3

// phoneText is the code that a phone signs, by a strip of a day from the given
// signer. The strip must cover the window; what one says that does not, the vectors of
// passcode hold.
func (f *File) phoneText(c *Code, h passcode.Header, signer *passcode.Signer) (string, error) {
	shown := h.Window
	h.Format, h.Window = passcode.DoubleOffline, passcode.WindowAt(*c.StripOf)
	strip := passcode.Strip{Header: h, Last: h.Window + passcode.MaxStripWindows - 1}
	text, err := f.signedBy(phoneKey, strip, shown, signer, c.Altered)
	if err != nil || c.PhoneSignedBy == "" {
		return text, err
	}
	other, err := f.signedBy(c.PhoneSignedBy, strip, shown, signer, false)
	if err != nil {
		return "", err
	}
	return text[:stripPart] + other[stripPart:], nil
}

// signedBy is the code of a phone with a key of the file. Altered changes the pass
// number between the community's signature and the phone's.
func (f *File) signedBy(name string, strip passcode.Strip, shown uint32, signer *passcode.Signer, altered bool) (string, error) {
	pair, found := f.keys[name]
	if !found {
		return "", fmt.Errorf("golden: no key %s of a phone", name)
	}
	var err error
	if strip.Phone, err = phoneKeyOf(pair); err != nil {
		return "", err
	}
	if strip, err = signer.SignStrip(strip); err != nil {
		return "", err
	}
	if altered {
		strip.Pass++
	}
	phone, err := passcode.NewPhone(pair.private, strip)
	if err != nil {
		return "", err
	}
	return phone.Sign(shown)
}

func phoneKeyOf(pair keyPair) (passcode.PhoneKey, error) {
	point, err := pair.private.ECDH()
	if err != nil {
		return passcode.PhoneKey{}, err
	}
	return passcode.NewPhoneKey(point.PublicKey().Bytes())
}
