package store

import (
	"encoding/json"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

const fieldMessageParams = "messages.params"

// messageRow is a message at rest, its parameters sealed under the person's key.
type messageRow struct {
	model.Message `gorm:"embedded"`
	ParamsCt      []byte
}

func (messageRow) TableName() string { return "messages" }

// CreateMessage stores a message for a person; not_found when the person is gone.
func (t *Tx) CreateMessage(m model.Message) error {
	row := messageRow{Message: m}
	if len(m.Params) > 0 {
		key, err := t.dataKey(m.PersonID)
		if err != nil {
			return err
		}
		params, err := json.Marshal(m.Params)
		if err != nil {
			return err
		}
		if row.ParamsCt, err = key.Seal(fieldMessageParams, string(params)); err != nil {
			return err
		}
	}
	return translate(t.db.Create(&row).Error)
}

// MessagesOf lists a person's messages, newest first, with an id below before (all
// when empty), only those not read when unread is set.
func (t *Tx) MessagesOf(personID, before string, unread bool, limit int) ([]model.Message, error) {
	q := t.along("messages", "messages_person")
	if unread {
		q = t.along("messages", "messages_unread").Where("read_at = 0")
	}
	q = below(q.Where("person_id = ?", personID), "id", before)
	return t.openMessages(personID, q.Order("id DESC").Limit(limit))
}

// MessagesByID reads some of a person's messages, oldest first.
func (t *Tx) MessagesByID(personID string, ids []string) ([]model.Message, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return t.openMessages(personID, t.db.Where("person_id = ? AND id IN ?", personID, ids).Order("id"))
}

// MessageIDsAfter lists the ids of a person's messages behind one, oldest first.
func (t *Tx) MessageIDsAfter(personID, after string, limit int) ([]string, error) {
	var out []string
	err := t.along("messages", "messages_person").Where("person_id = ? AND id > ?", personID, after).Order("id").Limit(limit).Pluck("id", &out).Error
	return out, translate(err)
}

// Message reads one message of a person; not_found when it or the person is gone.
func (t *Tx) Message(personID, id string) (model.Message, error) {
	found, err := t.MessagesByID(personID, []string{id})
	if err == nil && len(found) == 0 {
		err = model.NotFound()
	}
	if err != nil {
		return model.Message{}, err
	}
	return found[0], nil
}

func (t *Tx) openMessages(personID string, q *gorm.DB) ([]model.Message, error) {
	var rows []messageRow
	if err := q.Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, translate(err)
	}
	key, err := t.dataKey(personID)
	if err != nil {
		return nil, err
	}
	out := make([]model.Message, len(rows))
	for i, r := range rows {
		out[i] = r.Message
		if len(r.ParamsCt) == 0 {
			continue
		}
		text, err := key.Open(fieldMessageParams, r.ParamsCt)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &out[i].Params); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountUnread counts a person's messages that are not read.
func (t *Tx) CountUnread(personID string) (int64, error) {
	var n int64
	err := t.db.Model(&messageRow{}).Where("person_id = ? AND read_at = 0", personID).Count(&n).Error
	return n, translate(err)
}

// ReadMessage marks a message as read; the first time counts. not_found unless it
// is the person's.
func (t *Tx) ReadMessage(personID, id string) error {
	ok, err := changed(t.db.Model(&messageRow{}).Where("person_id = ? AND id = ?", personID, id).
		Update("read_at", gorm.Expr("CASE WHEN read_at = 0 THEN ? ELSE read_at END", t.now())))
	if err == nil && !ok {
		return model.NotFound()
	}
	return err
}

// ReadMessages marks a person's messages up to one as read, all when it is empty,
// and says how many were not.
func (t *Tx) ReadMessages(personID, until string) (int64, error) {
	q := t.db.Model(&messageRow{}).Where("person_id = ? AND read_at = 0", personID)
	if until != "" {
		q = q.Where("id <= ?", until)
	}
	r := q.Update("read_at", t.now())
	return r.RowsAffected, translate(r.Error)
}

// PurgeMessages drops at most limit messages from before an instant (Unix
// milliseconds), with their ways to phones, and says how many.
func (t *Tx) PurgeMessages(before int64, limit int) (int64, error) {
	var ids []string
	err := t.db.Model(&messageRow{}).Where("id < ?", model.IDFloor(before)).Order("id").Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, translate(err)
	}
	last := ids[len(ids)-1]
	if err := t.db.Exec("DELETE FROM message_pushes WHERE message_id <= ?", last).Error; err != nil {
		return 0, translate(err)
	}
	r := t.db.Where("id <= ?", last).Delete(&messageRow{})
	return r.RowsAffected, translate(r.Error)
}
