package service_test

import (
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

var storeFilter store.PassageFilter

func verifies(key *gm.SM2Key, b service.SignedBundle) bool {
	return gm.VerifySM2(key.Public(), b.Payload, b.Signature)
}
