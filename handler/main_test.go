package handler_test

import (
	"testing"

	"communitypass.cn/communitypass/testkit"

	"github.com/gin-gonic/gin"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	testkit.Main(m)
}
