package model_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
)

func TestNormalPlate(t *testing.T) {
	for written, want := range map[string]string{
		"京A12345": "京A12345", "京a·12345": "京A12345", "粤Ｂ－Ｄ１２３４５": "粤BD12345", " 沪 A 99999 ": "沪A99999",
		"粤Z9065澳": "粤Z9065澳", "苏AD06888": "苏AD06888", "京A1234学": "京A1234学",
	} {
		if got, ok := model.NormalPlate(written); !ok || got != want {
			t.Errorf("%q is %q, %v", written, got, ok)
		}
	}
	for _, none := range []string{"", "A12345", "京A1234", "京A1234567", "京112345", "京AI2345", "无牌", "=京A12345", "京A12345;京A12346"} {
		if got, ok := model.NormalPlate(none); ok {
			t.Errorf("%q is taken for the plate %q", none, got)
		}
	}
	if got := model.MaskPlate("京A12345"); got != "京A***45" {
		t.Errorf("masked %q", got)
	}
}
