// Package gm keeps the national-crypto keys of the platform and does what is
// done with them: SM2 (GB/T 32918) signatures, SM3 (GB/T 32905) digests and
// message codes, SM4-GCM (GB/T 32907, RFC 8998) sealing of personal data.
//
// One secret stands outside the database: the Master. It wraps the keys that
// the database stores (model.Key); a Ring is a snapshot of them, opened. The
// ring wraps in turn one data key per person, so that destroying that one row
// destroys what was sealed under it.
//
// The algorithms are those of github.com/emmansun/gmsm, which states that it has
// no commercial-cryptography (商密) certification; nothing here is an algorithm
// of our own. The package knows no HTTP and no SQL.
package gm
