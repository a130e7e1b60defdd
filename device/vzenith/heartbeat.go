package vzenith

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const mostFields = 64

// heartbeat says that a camera is there. The answer to it could open a barrier as
// well, and never does.
func heartbeat(serial string) device.Message {
	return device.Message{Serial: serial, Busy: again(),
		Reply: func([]model.DeviceAnswer) device.Response { return say("Response_Heartbeat", verdict{Info: "no"}) }}
}

// beat finds the serial number in a form, and says whether it was a heartbeat. The
// form holds the camera's password (pass_wd) too, which is not looked at.
func beat(contentType string, body []byte) (serial string, ok bool) {
	kind, parameters, _ := mime.ParseMediaType(contentType)
	boundary := parameters["boundary"]
	if line, _, _ := bytes.Cut(bytes.TrimLeft(body, "\r\n "), []byte("\n")); boundary == "" && bytes.HasPrefix(line, []byte("--")) {
		boundary = string(bytes.TrimRight(line[2:], "\r "))
	}
	if boundary == "" {
		return beatForm(kind, body)
	}
	form := multipart.NewReader(bytes.NewReader(body), boundary)
	for range mostFields {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return serial, ok
		}
		if err != nil {
			return serial, ok // cut off: what was told before it stands
		}
		switch part.FormName() {
		case "serialno":
			raw, err := io.ReadAll(io.LimitReader(part, 64))
			if err != nil {
				return "", false
			}
			serial, ok = device.Word(string(raw)), true
		case "device_name", "ipaddr", "user_name":
			ok = true
		}
	}
	return serial, ok
}

func beatForm(kind string, body []byte) (serial string, ok bool) {
	if kind != "" && kind != "application/x-www-form-urlencoded" && kind != "text/plain" {
		return "", false
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !form.Has("serialno") {
		return "", false
	}
	return device.Word(form.Get("serialno")), true
}
