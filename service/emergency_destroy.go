package service

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// destroyChunk is how many rows one transaction drops.
const destroyChunk = 1000

// destroyMethod is what a certificate says was done.
const destroyMethod = "The SM4 data key under which every health field was sealed was destroyed at ended_at; the rows were then deleted and counted."

// Destroy drops the rows of emergencies that ended, in chunks, and signs the
// certificate of each that has none left; it says how many it certified. It may be
// cut off and run again at any time: each chunk counts in its own transaction.
func (s *Emergencies) Destroy(ctx context.Context, lease store.Lease) (int, error) {
	ended, err := s.Store.View(ctx).EmergenciesIn(lapsePage, model.EmergencyEnded)
	if err != nil {
		return 0, err
	}
	certified := 0
	for i := range ended {
		for _, table := range store.HealthTables {
			if err := s.drain(ctx, lease, ended[i].ID, table); err != nil {
				return certified, err
			}
		}
		if err := s.Store.ForgetWrites(ctx); err != nil {
			return certified, err
		}
		did, err := s.certify(ctx, &ended[i])
		if err != nil {
			return certified, err
		}
		if did {
			certified++
		}
	}
	return certified, nil
}

func (s *Emergencies) drain(ctx context.Context, lease store.Lease, id, table string) error {
	for {
		var n int64
		err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
			if err = tx.HoldLease(lease); err != nil {
				return err
			}
			n, err = tx.DestroyRows(id, table, destroyChunk)
			return err
		})
		if err != nil || n < destroyChunk {
			return err
		}
	}
}

// Certificate says what was destroyed (销毁证明). Payload is the exact text that was
// signed.
type Certificate struct {
	Payload   []byte
	Signature []byte
	KeyID     string
}

// CertificateBody is the payload; members come in this order.
type CertificateBody struct {
	Type        string             `json:"type"`
	EmergencyID string             `json:"emergency_id"`
	OrderNumber string             `json:"order_number"`
	Scope       []CertificatePlace `json:"scope"`
	StartedAt   string             `json:"started_at"`
	EndsAt      string             `json:"ends_at"`
	EndedAt     string             `json:"ended_at"`
	EndedBy     string             `json:"ended_by"`
	DestroyedAt string             `json:"destroyed_at"`
	Destroyed   map[string]int64   `json:"destroyed"`
	Key         CertificateKey     `json:"key"`
	Method      string             `json:"method"`
	SignedBy    string             `json:"signed_by"`
}

// CertificatePlace is a community of the scope.
type CertificatePlace struct {
	CommunityID string `json:"community_id"`
	Name        string `json:"name"`
}

// CertificateKey is the key that was destroyed.
type CertificateKey struct {
	ID          string `json:"id"`
	Fingerprint string `json:"sm3_of_wrapped_key"`
}

// CertificateType tells a certificate from what else the platform signs.
const CertificateType = "cn.communitypass.emergency.destroyed"

// certify signs and stores the certificate, once, when no row is left.
func (s *Emergencies) certify(ctx context.Context, e *model.Emergency) (bool, error) {
	key, ok := s.Directory.Ring().Platform()
	if !ok {
		return false, model.Fail(model.CodeKeyMissing)
	}
	did := false
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		did = false
		left, err := tx.LeftOf(e.ID)
		if err != nil || left > 0 {
			return err
		}
		counts, err := tx.Destroyed(e.ID)
		if err != nil {
			return err
		}
		c := *e
		c.DestroyedAt, c.SignedBy = s.now(), PlatformKeyID(key.Number)
		payload, err := json.Marshal(s.certificateBody(&c, counts))
		if err != nil {
			return err
		}
		if c.Signature, err = key.Sign(payload); err != nil {
			return err
		}
		c.Certificate = string(payload)
		if did, err = tx.CertifyEmergency(&c); err != nil || !did {
			return err
		}
		return s.auditScope(tx, &clockwork, e, "emergency.destroyed", map[string]string{"signed_by": c.SignedBy,
			"signature": base64.StdEncoding.EncodeToString(c.Signature)})
	})
	return did, err
}

func (s *Emergencies) certificateBody(e *model.Emergency, counts map[string]int64) CertificateBody {
	b := CertificateBody{Type: CertificateType, EmergencyID: e.ID, OrderNumber: e.OrderNumber, StartedAt: instantText(e.StartedAt),
		EndsAt: instantText(e.EndsAt), EndedAt: instantText(e.EndedAt), EndedBy: "hand", DestroyedAt: instantText(e.DestroyedAt),
		Destroyed: counts, Key: CertificateKey{e.ID, e.KeyFingerprint}, Method: destroyMethod, SignedBy: e.SignedBy}
	if e.EndedBy == clockwork.AccountID {
		b.EndedBy = "clock"
	}
	for _, id := range e.Scope {
		place := CertificatePlace{CommunityID: id}
		if c, ok := s.Directory.Community(id); ok {
			place.Name = c.Name
		}
		b.Scope = append(b.Scope, place)
	}
	return b
}

// Certificate gives anybody the certificate of an emergency; it holds nothing
// personal. Errors: not_found until everything is destroyed.
func (s *Emergencies) Certificate(ctx context.Context, id string) (Certificate, error) {
	e, err := s.Store.View(ctx).Emergency(id)
	if err != nil {
		return Certificate{}, err
	}
	if e.State != model.EmergencyDestroyed {
		return Certificate{}, model.NotFound()
	}
	return Certificate{Payload: []byte(e.Certificate), Signature: e.Signature, KeyID: e.SignedBy}, nil
}
