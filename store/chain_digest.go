package store

import (
	"encoding/hex"
	"strconv"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// auditDigest is SM3 over the fields of an act that never change, in the order of
// the table, numbers in decimal, each ended by a zero byte.
func auditDigest(e *model.AuditEntry) []byte {
	return digestOf(e.ID, strconv.FormatInt(e.At, 10), e.CommunityID, e.ActorKind, e.ActorID, e.Action, e.TargetKind, e.TargetID, e.Detail)
}

// batchDigest binds a batch's own row as auditDigest does, with the digest of its
// passages in hex: were only that one in the chain, a batch could be passed off
// as an older one, whose passages may be gone.
func batchDigest(b *model.PassageBatch) []byte {
	return digestOf(b.ID, b.LastID, strconv.Itoa(b.RowsCount), hex.EncodeToString(b.Digest), strconv.FormatInt(b.CreatedAt, 10))
}

func digestOf(fields ...string) []byte {
	var text []byte
	for _, f := range fields {
		text = append(append(text, f...), 0)
	}
	return gm.SM3(text)
}

// PassagesDigest is the digest of a batch's passages, given in order of their ids.
func PassagesDigest(passages []model.Passage) []byte {
	d := newPassageDigest()
	for i := range passages {
		d.add(&passages[i])
	}
	return d.sum()
}
