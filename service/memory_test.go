package service

import (
	"testing"

	"communitypass.cn/communitypass/model"
)

func TestAForgottenPassIsGoneByNumberAndById(t *testing.T) {
	var m passMemory
	pass := func(number uint64, id string) *PassView { return &PassView{Pass: model.Pass{Number: number, ID: id}} }
	_, generation, _ := m.get(1)
	m.put(pass(1, "a"), generation)
	m.put(pass(2, "b"), generation)
	m.forget(1)
	if _, _, ok := m.get(1); ok {
		t.Error("the number is still known")
	}
	if _, _, ok := m.getID("a"); ok {
		t.Error("the id is still known")
	}
	if v, _, ok := m.getID("b"); !ok || v.Number != 2 {
		t.Error("another pass was forgotten with it")
	}
	// What was read before the change was heard must not come back.
	m.put(pass(1, "a"), generation)
	if _, _, ok := m.getID("a"); ok {
		t.Error("a stale read was kept")
	}
}
