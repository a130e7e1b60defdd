package store

import (
	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// CreateCommand queues a command; conflict when another of the device has its number.
func (t *Tx) CreateCommand(c model.DeviceCommand) error {
	c.State = model.CommandQueued
	return translate(t.db.Create(&c).Error)
}

// Command reads one command of a community.
func (t *Tx) Command(communityID, id string) (model.DeviceCommand, error) {
	var c model.DeviceCommand
	err := t.db.Where("community_id = ? AND id = ?", communityID, id).Take(&c).Error
	return c, translate(err)
}

// ClaimCommand takes a queued command that still lives, for the one who is to send
// it, and says whether it was got: of many askers one gets it, and a late one nobody.
func (t *Tx) ClaimCommand(communityID, id string) (bool, error) {
	now := t.now()
	return changed(t.db.Model(&model.DeviceCommand{}).Where("community_id = ? AND id = ? AND state = ? AND expires_at > ?", communityID, id, model.CommandQueued, now).
		Updates(map[string]any{"state": model.CommandSent, "sent_at": now}))
}

// NextCommand is the oldest command of a kind, or of any when it is empty, that waits for
// a device and still lives; ok is false when none does.
func (t *Tx) NextCommand(deviceID string, kind model.CommandKind) (c model.DeviceCommand, ok bool, err error) {
	q := t.db.Where("device_id = ? AND state = ? AND expires_at > ?", deviceID, model.CommandQueued, t.now())
	if kind != "" {
		q = q.Where("kind = ?", kind)
	}
	err = q.Order("id").Limit(1).Find(&c).Error
	return c, c.ID != "", translate(err)
}

// WaitingCommands are at most limit commands that wait, oldest first, of all devices.
func (t *Tx) WaitingCommands(limit int) ([]model.DeviceCommand, error) {
	var out []model.DeviceCommand
	err := t.db.Where("state = ? AND expires_at > ?", model.CommandQueued, t.now()).Order("id").Limit(limit).Find(&out).Error
	return out, translate(err)
}

// CommandByTask reads the command that an outside system ordered under a task of its own.
func (t *Tx) CommandByTask(orderer, task string) (model.DeviceCommand, error) {
	var c model.DeviceCommand
	err := t.db.Where("created_by = ? AND task_id = ?", orderer, task).Take(&c).Error
	return c, translate(err)
}

// CommandEnding is whether an end was taken.
type CommandEnding string

// Endings of commands.
const (
	// EndingNone is that the command had ended otherwise.
	EndingNone CommandEnding = ""
	// EndingFirst is that this ended it.
	EndingFirst CommandEnding = "first"
	// EndingLate is that it had expired without an answer, and this is the answer.
	EndingLate CommandEnding = "late"
)

// EndCommand says what became of a command that was sent, once, and whether it was
// the one to say so. What expired without an answer is still told its late one.
func (t *Tx) EndCommand(communityID, id string, state model.CommandState, code string) (CommandEnding, error) {
	end := map[string]any{"state": state, "answer_code": code, "ended_at": t.now()}
	won, err := changed(t.db.Model(&model.DeviceCommand{}).Where("community_id = ? AND id = ? AND state = ?", communityID, id, model.CommandSent).Updates(end))
	if err != nil {
		return EndingNone, err
	}
	if won {
		return EndingFirst, t.forgetTexts([]string{id})
	}
	won, err = changed(t.db.Model(&model.DeviceCommand{}).
		Where("community_id = ? AND id = ? AND state = ? AND answer_code = ?", communityID, id, model.CommandExpired, model.AnswerNone).Updates(end))
	if err != nil || !won {
		return EndingNone, err
	}
	return EndingLate, t.forgetTexts([]string{id})
}

// CommandsSentTo are the commands that a device was given by an instant, in Unix
// milliseconds, and of which nothing is known yet.
func (t *Tx) CommandsSentTo(deviceID string, by int64) ([]model.DeviceCommand, error) {
	var out []model.DeviceCommand
	err := t.db.Where("device_id = ? AND state = ? AND sent_at <= ? AND expires_at > ?", deviceID, model.CommandSent, by, t.now()).Find(&out).Error
	return out, translate(err)
}

// forgetTexts takes the text out of commands that are over: somebody wrote it, and it was
// for a moment at a gate.
func (t *Tx) forgetTexts(ids []string) error {
	return translate(t.db.Model(&model.DeviceCommand{}).Where("id IN ? AND kind IN ? AND state IN ?", ids, []model.CommandKind{model.CommandVoice, model.CommandDisplay},
		model.EndedCommands()).Update("args", gorm.Expr("?", "{}")).Error)
}

// ExpireCommands ends commands whose life is over, at most limit of those that nobody
// sent and of those that nobody answered, and says how many. Of those that were ordered
// from outside it gives what they have become: each to one caller alone.
func (t *Tx) ExpireCommands(limit int) (total int, ordered []model.DeviceCommand, err error) {
	now := t.now()
	for from, code := range map[model.CommandState]string{model.CommandQueued: model.AnswerNotSent, model.CommandSent: model.AnswerNone} {
		var over []model.DeviceCommand
		if err := t.db.Where("state = ? AND expires_at <= ?", from, now).Limit(limit).Find(&over).Error; err != nil {
			return total, ordered, translate(err)
		}
		end := map[string]any{"state": model.CommandExpired, "answer_code": code, "ended_at": now}
		var ids []string
		for _, c := range over {
			if c.TaskID == nil {
				ids = append(ids, c.ID)
				continue
			}
			// One by one: another replica may have ended some of them meanwhile.
			won, err := changed(t.db.Model(&model.DeviceCommand{}).Where("id = ? AND state = ?", c.ID, from).Updates(end))
			if err != nil {
				return total, ordered, err
			}
			if won {
				c.State, c.AnswerCode, c.EndedAt = model.CommandExpired, code, now
				ordered, total = append(ordered, c), total+1
			}
		}
		if len(ids) == 0 {
			continue
		}
		r := t.db.Model(&model.DeviceCommand{}).Where("id IN ? AND state = ?", ids, from).Updates(end)
		if r.Error != nil {
			return total, ordered, translate(r.Error)
		}
		total += int(r.RowsAffected)
		if err := t.forgetTexts(ids); err != nil {
			return total, ordered, err
		}
	}
	return total, ordered, nil
}

// CommandByNumber reads the command that a device knows by a number.
func (t *Tx) CommandByNumber(deviceID string, number int64) (model.DeviceCommand, error) {
	var c model.DeviceCommand
	err := t.db.Where("device_id = ? AND number = ?", deviceID, number).Take(&c).Error
	return c, translate(err)
}

// CommandFilter narrows a list; empty fields do not.
type CommandFilter struct {
	DeviceID string
	State    model.CommandState
}

// Commands lists a community's commands, newest first, with an id below before (all
// when empty).
func (t *Tx) Commands(communityID string, f CommandFilter, before string, limit int) ([]model.DeviceCommand, error) {
	q := t.along("device_commands", "device_commands_community").Where("community_id = ?", communityID)
	if f.DeviceID != "" {
		q = q.Where("device_id = ?", f.DeviceID)
	}
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if before != "" {
		q = q.Where("id < ?", before)
	}
	var out []model.DeviceCommand
	err := q.Order("id DESC").Limit(limit).Find(&out).Error
	return out, translate(err)
}
