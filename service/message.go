package service

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// tell puts a message into a person's inbox, inside the transaction of what it is
// about, and with it the wish to push it to a phone, where a way is configured:
// nothing is sent here, so that no outage holds up or loses what asked. A person
// who is gone is told nothing, and that stops nobody.
func (d *Deps) tell(tx *store.Tx, m model.Message) error {
	now := d.Clock.Now()
	m.ID, m.CreatedAt, m.ReadAt = model.NewID(now), model.Millis(now), 0
	if err := tx.CreateMessage(m); err != nil {
		if model.IsNotFound(err) {
			return nil
		}
		return err
	}
	way, ok := d.Ways.first(&m)
	if !ok {
		return nil
	}
	return tx.CreatePush(model.Push{MessageID: m.ID, PersonID: m.PersonID, Way: way, State: model.PushPending,
		NextAt: m.CreatedAt, CreatedAt: m.CreatedAt})
}
