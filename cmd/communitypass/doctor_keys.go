package main

import (
	"fmt"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// rotate is the age of an active key from which a new one is advised.
const rotate = 365 * 24 * time.Hour

// keys looks whether the master key opens the ring and every purpose is served.
func (c *checkup) keys(tx *store.Tx, master gm.Master) {
	if master.Hex() == "" {
		c.add("keys", bad, "没有主密钥，无法检查密钥环。", "Without the master key the key ring cannot be looked at.")
		return
	}
	stored, err := tx.Keys()
	if err != nil {
		c.broken("keys", err)
		return
	}
	ring, err := gm.NewRing(master, stored)
	if err != nil {
		c.broken("keys", err)
		return
	}
	if missing := ring.Missing(); len(missing) > 0 {
		c.add("keys", bad, fmt.Sprintf("没有可用的密钥：%v。请运行 communitypass keys create --first。", missing),
			fmt.Sprintf("There is no active key for %v. Run communitypass keys create --first.", missing))
	} else {
		c.add("keys", good, "主密钥相符，各用途都有可用的密钥。", "The master key fits, and there is an active key for each purpose.")
	}
	c.passKeys(tx, ring)
	c.keyAges(stored, time.Now())
}

// passKeys wants a signer for every community.
func (c *checkup) passKeys(tx *store.Tx, ring *gm.Ring) {
	places, err := tx.AllPlaces()
	if err != nil {
		c.broken("keys", err)
		return
	}
	for _, community := range places.Communities {
		if _, ok := ring.PassSigner(community.ID); !ok {
			c.add("keys", bad, "小区“"+community.Name+"”没有通行码密钥：请运行 communitypass keys create --purpose pass --community "+community.ID+"，再 activate。",
				"Community "+community.Name+" has no pass key: run communitypass keys create --purpose pass --community "+community.ID+", then activate it.")
		}
	}
}

// keyAges advises a rotation. The index key is not rotated by age: a new one asks
// for every index to be made again.
func (c *checkup) keyAges(stored []model.Key, now time.Time) {
	for _, k := range stored {
		age := now.Sub(model.FromMillis(k.ActivatedAt))
		if k.State == model.KeyActive && k.Purpose != model.KeyIndex && age > rotate {
			days := int(age.Hours() / 24)
			c.add("keys", odd, fmt.Sprintf("密钥 %s（%s）已使用 %d 天，建议更换。", k.ID, k.Purpose, days),
				fmt.Sprintf("Key %s (%s) has been in use for %d days: a new one is advised.", k.ID, k.Purpose, days))
		}
	}
}
