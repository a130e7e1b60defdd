package house_test

import (
	"context"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// A guard opens, and hears what the reader said.
func TestAGateIsOpenedByItsReader(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		commands := r.house.Services.Commands
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { commands.Run(ctx) })
		defer func() { stop(); all.Wait() }()
		open := func() (model.DeviceCommand, error) {
			guard := r.StaffCaller(model.RoleGuard, model.ScopeCommunity, r.Garden.ID)
			return commands.Open(t.Context(), guard, r.reader.Device.GateID, service.Opening{Reason: "访客", DeviceID: r.reader.Device.ID})
		}
		soon(t, "nobody is there", func() bool {
			c, err := open()
			return model.CodeOf(err) == model.CodeCommandFailed && c.AnswerCode == model.AnswerUnreachable
		})
		r.connect(t, r.reader).obey("000000", "100001")
		if c, err := open(); err != nil || c.State != model.CommandDone || c.AnswerCode != "000000" {
			t.Errorf("what it does: %s %s, %v", c.State, c.AnswerCode, err)
		}
		if c, err := open(); model.CodeOf(err) != model.CodeCommandFailed || c.AnswerCode != "100001" {
			t.Errorf("what it refuses: %s %s, %v", c.State, c.AnswerCode, err)
		}
	})
}
