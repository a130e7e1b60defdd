package agent

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"

	"communitypass.cn/communitypass/openapi/wire"
)

// exceptionText is an exception exactly as it stands in a payload.
type exceptionText struct {
	number uint64
	text   []byte
}

// apply makes the bundle that a delta leads to out of this one. Nothing of a delta is
// believed: what results must be verified like any bundle. Errors: ErrBundleBroken.
func (s SignedBundle) apply(d *wire.BundleDelta) (SignedBundle, error) {
	before, err1 := base64.StdEncoding.DecodeString(d.Before)
	after, err2 := base64.StdEncoding.DecodeString(d.After)
	signature, err3 := base64.StdEncoding.DecodeString(d.Signature)
	var had struct {
		Exceptions []json.RawMessage `json:"exceptions"`
	}
	err4 := json.Unmarshal(s.Payload, &had)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return SignedBundle{}, ErrBundleBroken
	}
	gone := make(map[uint64]bool, len(d.Removed)+len(d.Added))
	for _, n := range d.Removed {
		gone[n] = true
	}
	list := make([]exceptionText, 0, len(had.Exceptions)+len(d.Added))
	for _, text := range d.Added {
		e, err := readException([]byte(text))
		if err != nil {
			return SignedBundle{}, err
		}
		gone[e.number] = true
		list = append(list, e)
	}
	for _, text := range had.Exceptions {
		e, err := readException(text)
		if err != nil {
			return SignedBundle{}, err
		}
		if !gone[e.number] {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b exceptionText) int { return cmp.Compare(a.number, b.number) })
	texts := make([][]byte, len(list))
	for i := range list {
		texts[i] = list[i].text
	}
	payload := slices.Concat(before, bytes.Join(texts, []byte(",")), after)
	return SignedBundle{Payload: payload, Signature: signature, KeyID: d.KeyId, Version: d.Version}, nil
}

func readException(text []byte) (exceptionText, error) {
	var of struct {
		Number uint64 `json:"number"`
	}
	if err := json.Unmarshal(text, &of); err != nil {
		return exceptionText{}, ErrBundleBroken
	}
	return exceptionText{of.Number, text}, nil
}
