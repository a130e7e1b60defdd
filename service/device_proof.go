package service

import (
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

var (
	// gbID is a code of GB/T 28181 annex E, and of GA/T 1400: twenty digits.
	gbID = regexp.MustCompile(`^[0-9]{20}$`)
	// siaAccount is an account of SIA DC-09: three to sixteen hexadecimal digits.
	siaAccount = regexp.MustCompile(`^[0-9A-F]{3,16}$`)
)

// shortestPassword of a device that signs in by digest, where whoever listens may try
// words at leisure.
const shortestPassword = 8

// provable refuses what a device of its protocol could not prove itself by. Errors:
// invalid with the field that cannot stand.
func provable(in NewVendorDevice) error {
	switch in.Protocol {
	case model.ProtocolGB28181, model.ProtocolVIID:
		if !gbID.MatchString(in.Serial) {
			return model.Invalid(model.FieldError{Field: "/serial", Code: "pattern"})
		}
		if len(in.Secret) < shortestPassword {
			return model.Invalid(model.FieldError{Field: "/secret", Code: "too_short"})
		}
	case model.ProtocolSIA:
		if !siaAccount.MatchString(in.Serial) {
			return model.Invalid(model.FieldError{Field: "/serial", Code: "pattern"})
		}
		if key, err := hex.DecodeString(in.Secret); err != nil || !aesKey(len(key)) && len(key) != 0 {
			return model.Invalid(model.FieldError{Field: "/secret", Code: "pattern"})
		}
	case model.Protocol4PYun, model.ProtocolSZYMZH, model.ProtocolBolink, model.ProtocolTDZN:
		if in.AppID == "" {
			return model.Invalid(model.FieldError{Field: "/app_id", Code: "required"})
		}
		if len(in.Secret) < shortestPassword {
			return model.Invalid(model.FieldError{Field: "/secret", Code: "too_short"})
		}
	case model.ProtocolCamera:
		if in.Serial == "" {
			return model.Invalid(model.FieldError{Field: "/serial", Code: "required"})
		}
		if !cameraLink(in.Link) {
			return model.Invalid(model.FieldError{Field: "/link", Code: "pattern"})
		}
	}
	if in.Secret != "" && !secretive(in.Protocol) {
		return model.Invalid(model.FieldError{Field: "/secret", Code: "unknown"})
	}
	if in.AppID != "" && !model.Signs(in.Protocol) {
		return model.Invalid(model.FieldError{Field: "/app_id", Code: "unknown"})
	}
	if in.Link != "" && in.Protocol != model.ProtocolCamera {
		return model.Invalid(model.FieldError{Field: "/link", Code: "unknown"})
	}
	return nil
}

// secretive are protocols in which a device proves itself by a secret of its own.
func secretive(protocol string) bool {
	return protocol == model.ProtocolGB28181 || protocol == model.ProtocolVIID || protocol == model.ProtocolSIA || model.Signs(protocol)
}

func aesKey(bytes int) bool { return bytes == 16 || bytes == 24 || bytes == 32 }

// Places in a camera's link that are filled in.
const (
	linkCamera  = "{camera}"
	linkInstant = "{instant}"
)

// cameraLink reports whether a link leads to a web page, with nothing to fill in but
// the camera and the moment.
func cameraLink(link string) bool {
	filled := strings.NewReplacer(linkCamera, "c", linkInstant, "i").Replace(link)
	u, err := url.Parse(filled)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && !strings.ContainsAny(filled, "{}")
}

// CameraLink leads to what a camera saw at a moment: on the video platform, which asks
// on its own who may look.
type CameraLink struct {
	Name string
	URL  string
}

const permissionCameraView model.Permission = "camera.view"

// Cameras makes links to what a community's cameras saw at a gate, a moment in Unix
// milliseconds; none for callers who may not look.
func (d *Deps) Cameras(caller *model.Caller, communityID string) func(gateID string, at int64) []CameraLink {
	if d.Directory.Reach(caller, permissionCameraView, communityID) != nil {
		return func(string, int64) []CameraLink { return nil }
	}
	return func(gateID string, at int64) []CameraLink {
		var out []CameraLink
		for _, c := range d.Directory.places.Load().cameras[gateID] {
			fill := strings.NewReplacer(linkCamera, url.QueryEscape(c.Serial), linkInstant, url.QueryEscape(model.FromMillis(at).UTC().Format(time.RFC3339)))
			out = append(out, CameraLink{c.Name, fill.Replace(c.Link)})
		}
		return out
	}
}
