package wechat_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/wechat"
)

const crowd = 32

// together runs work in many goroutines that start at once.
func together(work func(i int)) {
	var done sync.WaitGroup
	start := make(chan struct{})
	for i := range crowd {
		done.Go(func() {
			<-start
			work(i)
		})
	}
	close(start)
	done.Wait()
}

func TestManyCallsFetchOneToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.WeChatOptions{ReusableCodes: true})
	for round, spoil := range []func(){
		func() {},          // nothing cached yet
		w.sim.RevokeTokens, // WeChat refuses the cached one
		func() { w.clock.Advance(3 * time.Hour) }, // the cached one has run out
	} {
		spoil()
		before := w.sim.Calls(simulator.WeChatStableTokenPath)
		together(func(int) {
			if err := phone(w.client, "phone-wang"); err != nil {
				t.Error(err)
			}
		})
		if n := w.sim.Calls(simulator.WeChatStableTokenPath) - before; n != 1 {
			t.Errorf("round %d: %d goroutines fetched %d tokens, want 1", round, crowd, n)
		}
	}
}

// A token that dies while calls are under way costs each of them one repeat.
func TestTokenDiesUnderTheCrowd(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(w world){
		"revoked": func(w world) { w.sim.RevokeTokens() },
		"expired": func(w world) { w.clock.Advance(3 * time.Hour) },
	} {
		w := newWorld(t, simulator.WeChatOptions{ReusableCodes: true})
		together(func(i int) {
			if i == 0 {
				kill(w)
				return
			}
			if err := phone(w.client, "phone-wang"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		if n := w.sim.Calls(simulator.WeChatStableTokenPath); n > 2 {
			t.Errorf("%s: %d tokens fetched for one death", name, n)
		}
	}
}

// The SDK has one HTTP client per process; the routes must not mix.
func TestClientsOfOneProcessDoNotMix(t *testing.T) {
	t.Parallel()
	worlds := make([]world, 4)
	for i := range worlds {
		worlds[i] = newWorld(t, simulator.WeChatOptions{ReusableCodes: true})
		worlds[i].sim.AddUser("same-login", "same-phone", fmt.Sprintf("o-%d", i), fmt.Sprintf("1380013800%d", i))
	}
	together(func(i int) {
		i %= len(worlds)
		who, err := worlds[i].client.Login(context.Background(), "same-login")
		if want := (wechat.Identity{OpenID: fmt.Sprintf("o-%d", i)}); err != nil || who != want {
			t.Errorf("world %d: %+v, %v", i, who, err)
		}
		number, err := worlds[i].client.PhoneNumber(context.Background(), "same-phone")
		if want := fmt.Sprintf("1380013800%d", i); err != nil || number != want {
			t.Errorf("world %d: %q, %v", i, number, err)
		}
	})
}
