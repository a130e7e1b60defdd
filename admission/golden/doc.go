// Package golden reads the golden decisions (admission/testdata/decisions.json),
// which hold the engine, the server and the offline gate together: each of them
// is given the same scenes and must answer the same.
//
// A case says only what differs from the base scene, as a JSON merge patch
// (RFC 7386). Codes are described by their fields and signed when the case is
// run, since an SM2 signature is never the same twice; the file holds the keys,
// which belong to nobody and are for tests only.
//
// A case that is online_only turns on what only the server can know: a use, an
// admission or an entrance at another gate of the perimeter, or that a pass does
// not exist. An offline gate leaves those cases out.
package golden
