// Package simulator is the outside world, for tests and the demo: WeChat's API
// and a property system, which the server calls; a gate and a resident's phone,
// which call the server and know nothing of it but the contract.
//
// The two sides that call keep the manners that the contract asks of a device
// and of a mini-program: a gate repeats a lost scan under the same scan id and
// believes no bundle whose signature does not fit, a phone refreshes its sign-in
// once and repeats what was refused. They never decide anything themselves.
package simulator
