package e2e_test

import (
	"testing"

	"communitypass.cn/communitypass/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
