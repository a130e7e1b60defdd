//go:build bench

package bench

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// naive is the gate as it is often written: a transaction of gorm for each
// request, with two look-ups, a COUNT against replay and two rows. It is right,
// and as slow as the database is far away.
func (r *rig) naive(t testing.TB, device model.Device, to model.Recipient) http.Handler {
	t.Helper()
	db := r.naiveDatabase(t)
	var sequence atomic.Int64
	sequence.Store(1 << 40) // out of the way of the real counter
	engine := gin.New()
	engine.POST("/v1/gate/scans", func(c *gin.Context) {
		var q scanRequest
		code, ok := r.genuine(c, &q)
		if !ok {
			return
		}
		p := r.passage(&q, &code, device)
		p.ID = r.ID()
		event := r.delivery(&p, to)
		event.Sequence, event.State = sequence.Add(1), model.DeliveryPending
		if err := db.WithContext(c.Request.Context()).Transaction(func(tx *gorm.DB) error { return scanNaively(tx, &p, &event) }); err != nil {
			c.AbortWithStatus(http.StatusServiceUnavailable)
			return
		}
		c.JSON(http.StatusOK, gin.H{"decision": p.Decision, "passage_id": p.ID})
	})
	return engine
}

var errReplay = errors.New("replay")

func scanNaively(tx *gorm.DB, p *model.Passage, event *model.Delivery) error {
	var device model.Device
	if err := tx.Where("id = ?", p.DeviceID).Take(&device).Error; err != nil {
		return err
	}
	var pass model.Pass
	if err := tx.Where("number = ?", p.PassNumber).Take(&pass).Error; err != nil {
		return err
	}
	var used int64
	if err := tx.Model(&model.Passage{}).Where("pass_number = ? AND window_no = ? AND direction = ?", p.PassNumber, p.WindowNo, p.Direction).
		Count(&used).Error; err != nil {
		return err
	}
	if used > 0 {
		return errReplay
	}
	if err := tx.Create(p).Error; err != nil {
		return err
	}
	return tx.Table("outbox").Create(event).Error
}

// naiveDatabase is opened as the documentation of gorm shows it, and its pool left
// as it comes. Only on SQLite it is told to use one connection and a log ahead:
// without, most requests fail on the lock.
func (r *rig) naiveDatabase(t testing.TB) *gorm.DB {
	t.Helper()
	rest, remote := strings.CutPrefix(r.DSN, "mysql://")
	dialector := sqlite.Open("file:" + r.DSN + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)&_txlock=immediate")
	if remote {
		user, place, _ := strings.Cut(rest, "@")
		host, name, _ := strings.Cut(place, "/")
		dialector = mysql.Open(user + "@tcp(" + host + ")/" + name + "?charset=utf8mb4&parseTime=True&loc=Local")
	}
	db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	if !remote {
		pool.SetMaxOpenConns(1)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return db
}
