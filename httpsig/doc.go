// Package httpsig signs HTTP requests of devices and reads such signatures, after RFC
// 9421 (HTTP Message Signatures) and RFC 9530 (Content-Digest). It knows no key: who
// signs hands in the function that does, who reads checks the value over Base itself.
// The grammar of the fields is that of RFC 8941, by httpsfv.
package httpsig
