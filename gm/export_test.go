package gm

import "communitypass.cn/communitypass/model"

// ReadsEncoding reports whether CheckPassword would do the work that a stored
// password asks for.
func ReadsEncoding(encoded string) bool {
	_, _, _, ok := parseEncoded(encoded)
	return ok
}

// SecretOf opens a stored key, for tests that forge what only its owner could.
func SecretOf(m Master, k model.Key) ([]byte, error) {
	live, err := openAll(m, []model.Key{k})
	if err != nil {
		return nil, err
	}
	return live[0].secret, nil
}
