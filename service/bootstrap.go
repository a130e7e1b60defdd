package service

import (
	"context"
	"errors"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	bootstrapPrefix = "bt"
	bootstrapLife   = 24 * time.Hour
)

var errBootstrapClosed = errors.New("the token is unknown, used or expired, or there is staff already")

// NewBootstrapToken makes a token with which the first administrator can be made
// within a day. It is shown on the server's own terminal, never sent. When there is
// staff the code is bootstrap_closed.
func (s *Staff) NewBootstrapToken(ctx context.Context) (string, error) {
	token := model.NewSecret(bootstrapPrefix)
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := nobodyYet(tx); err != nil {
			return err
		}
		now := s.now()
		return tx.CreateBootstrapToken(model.BootstrapToken{Hash: gm.HashToken(token), CreatedAt: now,
			ExpiresAt: now + bootstrapLife.Milliseconds()})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Bootstrap makes the first administrator. It works once, and only while there is
// no staff; else, and for a wrong token, the code is bootstrap_closed.
func (s *Staff) Bootstrap(ctx context.Context, token string, in NewStaffMember) (StaffMade, error) {
	hash := gm.HashToken(token)
	// Asked before the password costs anything: the way is open to strangers.
	live, err := s.Store.View(ctx).BootstrapTokenLive(hash)
	if err != nil {
		return StaffMade{}, err
	}
	if !live {
		return StaffMade{}, model.Fail(model.CodeBootstrapClosed, errBootstrapClosed)
	}
	in.Grant = model.Grant{Role: model.RoleSystemAdmin, ScopeKind: model.ScopePlatform}
	password, err := s.passwords.hash(ctx, s.Profile, in.Username, in.Password)
	if err != nil {
		return StaffMade{}, err
	}
	var made StaffMade
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		spent, err := tx.SpendBootstrapToken(hash)
		if err != nil {
			return err
		}
		if !spent {
			return model.Fail(model.CodeBootstrapClosed, errBootstrapClosed)
		}
		if err := nobodyYet(tx); err != nil {
			return err
		}
		made, err = s.add(tx, nil, in, password)
		return err
	})
	if err != nil {
		return StaffMade{}, err
	}
	return made, nil
}

// nobodyYet answers bootstrap_closed when there is any staff, disabled ones too.
func nobodyYet(tx *store.Tx) error {
	exists, err := tx.StaffExists()
	if err == nil && exists {
		return model.Fail(model.CodeBootstrapClosed, errBootstrapClosed)
	}
	return err
}
