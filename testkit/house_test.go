package testkit_test

import (
	"testing"

	"communitypass.cn/communitypass/testkit"
)

func TestHouseStands(t *testing.T) {
	h := testkit.NewHouse(t)
	p := h.Person(t, "张三", "13800000001")
	h.Pass(t, h.Garden, p)
	_, token := h.Device(t, h.Garden.Entrance)
	if _, ok := h.Directory.DeviceByToken(token); !ok {
		t.Fatal("the directory does not know the device")
	}
	if c, ok := h.Directory.Community(h.Garden.ID); !ok || len(c.Gates) != 3 || c.Groups[1] == nil {
		t.Fatalf("the directory does not know the garden: %+v", c)
	}
	got, err := h.Store.View(t.Context()).Person(p.ID)
	if err != nil || got.Name != "张三" || got.Phone != "13800000001" {
		t.Fatalf("person came back as %+v, %v", got, err)
	}
}
