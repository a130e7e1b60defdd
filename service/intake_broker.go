package service

import (
	"crypto/subtle"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// KnownByID finds an active device of another maker by our id.
func (i *Intake) KnownByID(id string) (*DeviceView, bool) {
	v, ok := i.Directory.Device(id)
	if !ok || v.State != model.StateActive || v.Protocol == "" {
		return nil, false
	}
	return v, true
}

// KnownByLogin finds an active device by our id and the password that registering it
// showed.
func (i *Intake) KnownByLogin(id, password string) (*DeviceView, bool) {
	v, ok := i.KnownByID(id)
	if !ok || v.PathHash == nil || subtle.ConstantTimeCompare([]byte(gm.HashToken(password)), []byte(*v.PathHash)) != 1 {
		return nil, false
	}
	return v, true
}
