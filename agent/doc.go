// Package agent is the gate that works without a network (门禁代理): it asks the
// server while it can, decides alone by its bundle when it cannot, writes down what it
// decided before a door opens, and tells the server afterwards, exactly once.
//
// Decisions are those of package admission, made of the same facts in the same order;
// codes are read by package passcode. What the agent keeps on its disk is sealed with
// SM4 under a key that its own SM2 key wraps. It holds no names: a bundle has pass
// numbers only.
package agent
