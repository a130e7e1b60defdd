package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// SMSText is a text that the simulated provider took.
type SMSText struct {
	Phone, TemplateID, Sign string
	Fields                  []string
}

// SMS is a simulated Tencent Cloud SMS endpoint for one account, as an
// http.Handler. It checks who asks and for what, and misbehaves on request.
type SMS struct {
	secretID string

	mu     sync.Mutex
	sent   []SMSText
	calls  int
	code   string // answered for the number instead of Ok
	fail   string // answered for the whole call
	status int    // answered as it stands, without JSON
}

// NewSMS makes the endpoint of one account.
func NewSMS(secretID string) *SMS { return &SMS{secretID: secretID} }

// Refuse answers a code for each number; "" heals.
func (s *SMS) Refuse(code string) { s.set(func() { s.code = code }) }

// Fail answers a code for each call; "" heals.
func (s *SMS) Fail(code string) { s.set(func() { s.fail = code }) }

// Break answers a status and a page; 0 heals.
func (s *SMS) Break(status int) { s.set(func() { s.status = status }) }

func (s *SMS) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Sent are the texts that were taken.
func (s *SMS) Sent() []SMSText {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SMSText(nil), s.sent...)
}

// Calls counts the calls, also those refused.
func (s *SMS) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// ServeHTTP answers one call of SendSms.
func (s *SMS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.status != 0 {
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, "<html>")
		return
	}
	var ask struct {
		PhoneNumberSet                    []string
		SmsSdkAppId, SignName, TemplateId string
		TemplateParamSet                  []string
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	switch {
	case s.fail != "":
		smsError(w, s.fail)
	case !strings.HasPrefix(r.Header.Get("Authorization"), "TC3-HMAC-SHA256 Credential="+s.secretID+"/"):
		smsError(w, "AuthFailure.SecretIdNotFound")
	case r.Header.Get("X-TC-Action") != "SendSms" || r.Header.Get("X-TC-Version") != "2021-01-11":
		smsError(w, "InvalidAction")
	case json.Unmarshal(body, &ask) != nil || len(ask.PhoneNumberSet) != 1 || ask.SmsSdkAppId == "" || ask.TemplateId == "" || ask.SignName == "":
		smsError(w, "InvalidParameter")
	default:
		code := "Ok"
		if s.code != "" {
			code = s.code
		} else {
			s.sent = append(s.sent, SMSText{strings.TrimPrefix(ask.PhoneNumberSet[0], "+86"), ask.TemplateId, ask.SignName, ask.TemplateParamSet})
		}
		smsAnswer(w, map[string]any{"SendStatusSet": []any{map[string]any{"SerialNo": "1", "PhoneNumber": ask.PhoneNumberSet[0], "Fee": 1,
			"SessionContext": "", "Code": code, "Message": "simulated " + ask.PhoneNumberSet[0], "IsoCode": "CN"}}})
	}
}

func smsError(w http.ResponseWriter, code string) {
	smsAnswer(w, map[string]any{"Error": map[string]any{"Code": code, "Message": "simulated"}})
}

func smsAnswer(w http.ResponseWriter, answer map[string]any) {
	answer["RequestId"] = "simulated"
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"Response": answer})
}
