package house_test

import (
	"testing"

	"communitypass.cn/communitypass/testkit"

	"github.com/gin-gonic/gin"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	testkit.Main(m)
}
