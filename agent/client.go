package agent

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/httpsig"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

const (
	// longestBundle is more than the bundle of any community.
	longestBundle = 64 << 20
	// longestAnswer is more than any other answer, that to a whole chunk of passages included.
	longestAnswer = 1 << 20
)

const (
	// pingAfter is how long an HTTP/2 connection may be silent before it is asked whether
	// it lives, pingMost how long the answer may take: what goes by a network that was cut
	// without a word would otherwise be tried again and again on the dead connection.
	pingAfter = 15 * time.Second
	pingMost  = 5 * time.Second
)

// earliest is before any server of this program: an answer that tells an earlier time,
// or none, is not a server's, and must not set the clock.
var earliest = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// ErrUnreachable says that nobody can tell whether the server got what was sent.
var ErrUnreachable = errors.New("the server did not answer")

// Refused is an answer of the server that says no.
type Refused struct {
	Status     int
	Code       model.Code
	RetryAfter time.Duration
	// ServerTime is the server's time, where it says that ours is wrong.
	ServerTime time.Time
}

func (r *Refused) Error() string { return fmt.Sprintf("the server answers %d %s", r.Status, r.Code) }

// credentialOver says that the server does not know this device any more. A proxy's
// own 401 has no code of ours, and stops nothing.
func credentialOver(err error) bool {
	var r *Refused
	return errors.As(err, &r) && r.Status == http.StatusUnauthorized && r.Code == model.CodeUnauthenticated
}

// signatureRefused says that the server does not take what this device signs.
func signatureRefused(err error) bool {
	var r *Refused
	return errors.As(err, &r) && slices.Contains([]model.Code{model.CodeSignatureRequired, model.CodeSignatureInvalid, model.CodeSignatureStale}, r.Code)
}

// wrongTime is the server's time, when it refused what was signed by a wrong one.
func wrongTime(err error) (server time.Time, wrong bool) {
	var r *Refused
	if !errors.As(err, &r) || r.Code != model.CodeSignatureStale || r.ServerTime.Before(earliest) {
		return time.Time{}, false
	}
	return r.ServerTime, true
}

// Server is the server as this device calls it.
type Server struct {
	base  string
	token string
	http  *http.Client
	clock model.Clock
	// signer signs what is asked; nil before the device is enrolled.
	signer *httpsig.Signer
}

// CheckServer says why an address cannot be the server's: https, or http on the
// machine itself.
func CheckServer(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return errors.New("the address of the server is not a URL like https://gate.example.cn")
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()):
		return nil
	}
	return errors.New("the server must be called by https")
}

// NewServer makes the caller. roots, when given, is the PEM of the only authorities
// that are believed, for servers with certificates of their own.
func NewServer(base, token string, roots []byte, clock model.Clock) (*Server, error) {
	if err := CheckServer(base); err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 20 * time.Second, IdleConnTimeout: time.Minute,
		MaxIdleConnsPerHost: 4, Proxy: http.ProxyFromEnvironment,
		HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingMost}}
	if roots != nil {
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(roots) {
			return nil, errors.New("the file of authorities holds no certificate")
		}
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Server{base: strings.TrimRight(base, "/"), token: token, clock: clock,
		http: &http.Client{Transport: transport, CheckRedirect: refuse}}, nil
}

// as is the same server, called with a token and signed.
func (s *Server) as(token string, signer *httpsig.Signer) *Server {
	other := *s
	other.token, other.signer = token, signer
	return &other
}

func (s *Server) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var reader io.Reader
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, reader)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Accept-Language", "zh-CN")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	if s.signer != nil {
		if err := s.signer.Into(r, text); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// call sends and reads an answer into out. Errors: ErrUnreachable, *Refused.
func (s *Server) call(ctx context.Context, method, path string, body, out any) error {
	r, err := s.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	_, text, err := s.ask(r, longestAnswer)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return errors.Join(ErrUnreachable, errUnreadable)
	}
	return nil
}

// ask sends and reads a whole answer that does not say no.
func (s *Server) ask(r *http.Request, longest int64) (status int, text []byte, err error) {
	answer, err := s.http.Do(r)
	if err != nil {
		return 0, nil, errors.Join(ErrUnreachable, err)
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(io.LimitReader(answer.Body, longest+1))
	if err != nil {
		return 0, nil, errors.Join(ErrUnreachable, err)
	}
	if int64(len(text)) > longest {
		return 0, nil, errors.Join(ErrUnreachable, errors.New("the answer has no end"))
	}
	if answer.StatusCode == http.StatusNotModified {
		return 0, nil, errNotModified
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return 0, nil, refusedBy(answer, text)
	}
	return answer.StatusCode, text, nil
}

func refusedBy(answer *http.Response, text []byte) *Refused {
	var problem struct {
		Code       model.Code `json:"code"`
		ServerTime time.Time  `json:"server_time"`
	}
	_ = json.Unmarshal(text, &problem)
	seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
	return &Refused{Status: answer.StatusCode, Code: problem.Code, ServerTime: problem.ServerTime,
		RetryAfter: time.Duration(min(max(seconds, 0), 300)) * time.Second}
}

var (
	errNotModified = errors.New("not modified")
	errUnreadable  = errors.New("the answer cannot be read")
)

// Heartbeat tells the server how this device is; the answer's time sets the clock.
func (s *Server) Heartbeat(ctx context.Context, beat wire.Heartbeat) (wire.HeartbeatAnswer, error) {
	var a wire.HeartbeatAnswer
	err := s.call(ctx, http.MethodPost, "/v1/gate/heartbeats", beat, &a)
	if err == nil && a.ServerTime.Before(earliest) {
		return a, errors.Join(ErrUnreachable, errors.New("the answer tells no time"))
	}
	return a, err
}

// Scan asks the server to decide.
func (s *Server) Scan(ctx context.Context, scan wire.Scan) (wire.ScanDecision, error) {
	var a wire.ScanDecision
	err := s.call(ctx, http.MethodPost, "/v1/gate/scans", scan, &a)
	if err == nil && (!a.Decision.Valid() || a.Reason == "") {
		return a, errors.Join(ErrUnreachable, errors.New("the answer decides nothing"))
	}
	return a, err
}

// Upload sends passages that were decided here.
func (s *Server) Upload(ctx context.Context, items []wire.OfflinePassage) (wire.PassageBatchResult, error) {
	var a wire.PassageBatchResult
	err := s.call(ctx, http.MethodPost, "/v1/gate/passages/batch", map[string]any{"passages": items}, &a)
	if err == nil && len(a.Results) != len(items) {
		return a, errors.Join(ErrUnreachable, errors.New("the answer does not fit what was sent"))
	}
	for i := range a.Results {
		if !a.Results[i].Status.Valid() || a.Results[i].ScanId != items[i].ScanId {
			return a, errors.Join(ErrUnreachable, errors.New("an answer does not say what became of its item"))
		}
	}
	return a, err
}

// platformKeys are the keys that the server signs bundles by, read once when the
// device is enrolled; afterwards each bundle names its successors.
func (s *Server) platformKeys(ctx context.Context) (Trust, error) {
	var set wire.Jwks
	if err := s.call(ctx, http.MethodGet, "/.well-known/jwks.json", nil, &set); err != nil {
		return nil, err
	}
	out := Trust{}
	for _, k := range set.Keys {
		x, err1 := base64.RawURLEncoding.DecodeString(k.X)
		y, err2 := base64.RawURLEncoding.DecodeString(k.Y)
		if k.Purpose != nil && *k.Purpose == "platform" && err1 == nil && err2 == nil {
			out[k.Kid] = append(append([]byte{4}, x...), y...)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("the server names no platform key")
	}
	return out, nil
}
