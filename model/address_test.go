package model_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
)

func TestNormalAddress(t *testing.T) {
	for _, c := range []struct{ written, want string }{
		{"3", "3"},
		{" 3 ", "3"},
		{"３", "3"},
		{"3号楼", "3"},
		{"３ 号楼", "3"},
		{"3栋", "3"},
		{"3幢", "3"},
		{"2单元", "2"},
		{"1201室", "1201"},
		{"１２０１　室", "1201"},
		{"a座", "A"},
		{"Ｂ", "B"},
		{"0301", "0301"},
		{"东区3号楼", "东区3"},
		{"3号号楼", "3"},
		{"单元", "单元"},
		{"室", "室"},
		{"   ", ""},
		{"", ""},
		// Not a word behind a number: the floor is no building.
		{"3楼", "3楼"},
	} {
		got := model.NormalAddress(c.written)
		if got != c.want {
			t.Errorf("%q became %q, want %q", c.written, got, c.want)
		}
		if again := model.NormalAddress(got); again != got {
			t.Errorf("%q is not stable: %q, then %q", c.written, got, again)
		}
	}
}
