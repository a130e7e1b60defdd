package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// SignInWechat signs a resident in with the code of wx.login; who comes for the
// first time is given an account and a person without a name. Its errors are
// those of WechatSignIn.
func (s *Sessions) SignInWechat(ctx context.Context, code string) (SignedIn, error) {
	openID, unionID, err := s.wechat.Login(ctx, code)
	if err != nil {
		return SignedIn{}, err
	}
	out, err := s.openWechat(ctx, openID, unionID)
	if model.CodeOf(err) == model.CodeConflict {
		// The same person's other first sign-in was quicker: its account is there now.
		out, err = s.openWechat(ctx, openID, unionID)
	}
	return out, err
}

func (s *Sessions) openWechat(ctx context.Context, openID, unionID string) (SignedIn, error) {
	var out SignedIn
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		account, err := tx.WechatAccount(s.appID, openID)
		if model.IsNotFound(err) {
			account, err = s.createWechat(tx, openID, unionID)
		}
		if err != nil {
			return err
		}
		now := s.now()
		out, err = s.open(tx, model.Session{ID: model.NewID(s.Clock.Now()), Kind: string(model.CallerPerson), AccountID: account.ID,
			PersonID: account.PersonID, CreatedAt: now}, rights{})
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return out, nil
}

// createWechat stores an account and its person. Ids are drawn here, in each try
// of the transaction, since the store remembers the data key of a person by id.
func (s *Sessions) createWechat(tx *store.Tx, openID, unionID string) (model.WechatAccount, error) {
	now := s.Clock.Now()
	person := model.Person{ID: model.NewID(now), CreatedAt: model.Millis(now)}
	account := model.WechatAccount{ID: model.NewID(now), AppID: s.appID, OpenID: openID, UnionID: unionID,
		PersonID: person.ID, CreatedAt: model.Millis(now)}
	if err := tx.CreatePerson(person); err != nil {
		return account, err
	}
	if err := tx.CreateWechatAccount(account); err != nil {
		return account, err
	}
	actor := &model.Caller{Kind: model.CallerPerson, AccountID: account.ID}
	return account, tx.Audit(actor, "", "account.create", "person", person.ID, nil)
}
