package store

import (
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
)

// Kinds of entries of the audit chain.
const (
	EntryAudit = "audit" // a row of the audit log
	EntryBatch = "batch" // the passages of one commit
)

const (
	tableChain   = "audit_chain"
	tableBatches = "passage_batches"
)

// Entry is something that the chain binds, with the digest of how it stands now.
type Entry struct {
	Kind, ID string
	Digest   []byte
}

// LastLink is the end of the chain; Seq is 0 and Hash nil before the first link.
func (t *Tx) LastLink() (model.ChainLink, error) {
	var last []model.ChainLink
	err := t.db.Table(tableChain).Order("seq DESC").Limit(1).Find(&last).Error
	if err != nil || len(last) == 0 {
		return model.ChainLink{}, translate(err)
	}
	return last[0], nil
}

// Links reads at most limit links after seq, in order.
func (t *Tx) Links(seq int64, limit int) ([]model.ChainLink, error) {
	var out []model.ChainLink
	err := t.db.Table(tableChain).Where("seq > ?", seq).Order("seq").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// Unsealed lists at most limit entries that are not in the chain yet, by id.
func (t *Tx) Unsealed(limit int) ([]Entry, error) {
	var acts []model.AuditEntry
	if err := t.db.Table(tableAudit).Where("sealed = 0").Order("id").Limit(limit).Find(&acts).Error; err != nil {
		return nil, translate(err)
	}
	var batches []model.PassageBatch
	if err := t.db.Where("sealed = 0").Order("id").Limit(limit).Find(&batches).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]Entry, 0, len(acts)+len(batches))
	for _, e := range acts {
		out = append(out, Entry{EntryAudit, e.ID, auditDigest(&e)})
	}
	for _, b := range batches {
		out = append(out, Entry{EntryBatch, b.ID, batchDigest(&b)})
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
	return out[:min(limit, len(out))], nil
}

// AppendLinks writes links and marks what they bind as sealed. It is a conflict
// when another replica has sealed the same entries or taken the same numbers.
func (t *Tx) AppendLinks(links []model.ChainLink) error {
	if err := t.db.Table(tableChain).Create(&links).Error; err != nil {
		return translate(err)
	}
	ids := map[string][]string{}
	for _, l := range links {
		ids[l.EntryKind] = append(ids[l.EntryKind], l.EntryID)
	}
	for kind, of := range ids {
		if err := t.db.Table(entryTable(kind)).Where("id IN ?", of).Update("sealed", true).Error; err != nil {
			return translate(err)
		}
	}
	return nil
}

func entryTable(kind string) string {
	if kind == EntryBatch {
		return tableBatches
	}
	return tableAudit
}

// EntryDigests computes the digests of entries as they stand now, by id; entries
// that are gone are absent.
func (t *Tx) EntryDigests(kind string, ids []string) (map[string][]byte, error) {
	out := make(map[string][]byte, len(ids))
	if kind == EntryBatch {
		var batches []model.PassageBatch
		err := t.db.Where("id IN ?", ids).Find(&batches).Error
		for _, b := range batches {
			out[b.ID] = batchDigest(&b)
		}
		return out, translate(err)
	}
	var acts []model.AuditEntry
	err := t.db.Table(tableAudit).Where("id IN ?", ids).Find(&acts).Error
	for _, e := range acts {
		out[e.ID] = auditDigest(&e)
	}
	return out, translate(err)
}

// SealedIDs lists at most limit ids, behind after, of entries that are marked as
// sealed.
func (t *Tx) SealedIDs(kind, after string, limit int) ([]string, error) {
	var out []string
	err := t.along(entryTable(kind), entryTable(kind)+"_sealed").Where("sealed = 1 AND id > ?", after).Order("id").Limit(limit).Pluck("id", &out).Error
	return out, translate(err)
}

// Linked says which of the entries the chain holds.
func (t *Tx) Linked(kind string, ids []string) (map[string]bool, error) {
	var found []string
	err := t.db.Table(tableChain).Where("entry_kind = ? AND entry_id IN ?", kind, ids).Pluck("entry_id", &found).Error
	out := make(map[string]bool, len(found))
	for _, id := range found {
		out[id] = true
	}
	return out, translate(err)
}
