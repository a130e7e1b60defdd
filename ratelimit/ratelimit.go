// Package ratelimit counts how often somebody asks in a Redis that all replicas share.
package ratelimit

import (
	"context"
	"crypto/tls"
	"log/slog"
	"sync/atomic"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/go-redis/redis_rate/v10"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Config is how the Redis is reached.
type Config struct {
	// Addr is host:port, Database its number.
	Addr               string
	Database           int
	Username, Password string
	// TLS is nil for a connection in clear.
	TLS *tls.Config
}

const (
	// budget is what a request waits for Redis at most: a gate's answer has no more to
	// spare.
	budget = 80 * time.Millisecond
	// rest is how long Redis is left alone after it failed, so that one that hangs costs
	// one request a second its budget, and not each.
	rest = time.Second
)

// Shared are buckets that all replicas take from, by the generic cell rate algorithm
// and the clock of Redis. It is safe for concurrent use.
type Shared struct {
	client  *redis.Client
	limiter *redis_rate.Limiter
	name    func(string) string
	clock   model.Clock
	log     *slog.Logger
	// resting is until when Redis is left alone, in Unix milliseconds; 0 while it answers.
	resting atomic.Int64
	missed  prometheus.Counter
}

// silent keeps what the client has to say out of the log: its sentences name addresses,
// and come with every attempt.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// New makes the buckets; nothing is asked before the first Take, and no Redis is needed
// to start. In Redis a key stands under the name that the function gives it, which is a
// keyed digest: addresses of people do not belong there.
func New(cfg Config, name func(key string) string, clock model.Clock, log *slog.Logger, metrics prometheus.Registerer) (*Shared, error) {
	redis.SetLogger(silent{})
	client := redis.NewClient(&redis.Options{Addr: cfg.Addr, DB: cfg.Database, Username: cfg.Username, Password: cfg.Password, TLSConfig: cfg.TLS,
		DialTimeout: budget, ReadTimeout: budget, WriteTimeout: budget, PoolTimeout: budget, ContextTimeoutEnabled: true,
		MaxRetries: -1, DialerRetries: 1, DisableIdentity: true, MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}})
	s := &Shared{client: client, limiter: redis_rate.NewLimiter(client), name: name, clock: clock, log: log,
		missed: prometheus.NewCounter(prometheus.CounterOpts{Name: "communitypass_rate_limit_alone_total",
			Help: "Requests counted by this replica alone, since Redis did not answer."})}
	if err := metrics.Register(s.missed); err != nil {
		_ = client.Close()
		return nil, err
	}
	return s, nil
}

// Take takes one from the bucket of a key, which holds as many events as may come in a
// time of per, and fills evenly. It gives how long to wait until there is one, 0 when it
// was taken. Where Redis does not answer it is 0 as well: the caller counts in memory
// too, and nobody is turned away since a cache is down.
func (s *Shared) Take(ctx context.Context, key string, events int, per time.Duration) time.Duration {
	now := model.Millis(s.clock.Now())
	until := s.resting.Load()
	// The one that moves the mark asks; who comes meanwhile does not wait with it.
	if until > 0 && (now < until || !s.resting.CompareAndSwap(until, now+rest.Milliseconds())) {
		s.missed.Inc()
		return 0
	}
	// A caller who hangs up must not look like a Redis that fails.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), budget)
	defer cancel()
	answer, err := s.limiter.Allow(ctx, s.name(key), redis_rate.Limit{Rate: events, Burst: events, Period: per})
	if err != nil {
		s.missed.Inc()
		if s.resting.Swap(now+rest.Milliseconds()) == 0 {
			s.log.Warn("redis does not answer, each replica counts alone", "error", err)
		}
		return 0
	}
	if s.resting.Swap(0) > 0 {
		s.log.Info("redis answers again")
	}
	return max(answer.RetryAfter, 0)
}

// Close ends the connections.
func (s *Shared) Close() { _ = s.client.Close() }
