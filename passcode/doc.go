// Package passcode is the format of a pass code (通行码): the text in the QR
// symbol that a person shows to a gate.
//
// A code is a 17-byte header and a 64-byte SM2 signature over it, written in
// Base45 (RFC 9285): 81 bytes, 122 characters. The signature is SM2 with SM3
// (GB/T 32918.2, GB/T 32905), r‖s, under the user id of GM/T 0009. The header
// carries numbers only: no name, no phone, no health colour. docs/pass-code.md
// describes the format for those who implement it in another language, and
// testdata/vectors.json holds the codes to check such an implementation with.
//
// The package is pure: it reads no clock, file or network, and needs nothing but
// the standard library and github.com/emmansun/gmsm, so that a maker of gates
// can use it alone. It says whether a code is well formed and genuine. Whether
// it admits (time, gate, revocation, single use) is for the caller to decide.
//
// gmsm implements the national algorithms but holds no certificate for
// commercial cryptography products (商用密码产品认证).
package passcode
