package partition

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// gateCount is how many gates there are; the first two share a site.
const gateCount = 3

// network is a namespace for each gate, with a wire to the server's bridge, and one
// between the first two gates.
type network struct {
	ctx   context.Context
	short string // begins the names of all that is made
	sub   [2]int // the second and third byte of the addresses
	undo  [][]string
}

// ErrNamespaces says that this machine gives no network namespaces.
var ErrNamespaces = errors.New("network namespaces cannot be made here: root, iproute2 and a kernel with veth, bridge and tbf are needed 本机无法建立网络命名空间：需要 root、iproute2，以及支持 veth、网桥和 tbf 的内核")

// newNetwork makes namespaces and wires, or says that it cannot. The addresses are of
// 198.18.0.0/15, which is set aside for tests of networks.
func newNetwork(ctx context.Context) (*network, error) {
	pid := os.Getpid()
	n := &network{ctx: ctx, short: fmt.Sprintf("cp%d", pid%100_000), sub: [2]int{18 + pid>>7&1, pid & 127 * 2}}
	if err := n.build(); err != nil {
		n.close()
		return nil, errors.Join(ErrNamespaces, err)
	}
	return n, nil
}

func (n *network) build() error {
	wan, lan := n.short+"w", n.short+"l"
	for _, bridge := range []string{wan, lan} {
		if err := n.ip("link add "+bridge+" type bridge", "link del "+bridge); err != nil {
			return err
		}
		if err := n.ip("link set "+bridge+" up", ""); err != nil {
			return err
		}
	}
	if err := n.ip("addr add "+n.server()+"/24 dev "+wan, ""); err != nil {
		return err
	}
	for g := range gateCount {
		if err := n.ip("netns add "+n.space(g), "netns del "+n.space(g)); err != nil {
			return err
		}
		if err := n.ip("-n "+n.space(g)+" link set lo up", ""); err != nil {
			return err
		}
		if err := n.wire(link(g), g, wan, "eth0", n.address(0, g)); err != nil {
			return err
		}
	}
	if err := n.wire(lanLink, 1, lan, "eth1", n.address(1, 1)); err != nil {
		return err
	}
	if err := n.wire(links, 0, lan, "eth1", n.address(1, 0)); err != nil {
		return err
	}
	// What makes a link deaf must be there before anybody relies on it.
	return errors.Join(n.set(firstWan, deafState), n.set(firstWan, joinedState))
}

// wire joins a gate to a bridge.
func (n *network) wire(l link, gate int, bridge, name, address string) error {
	host := n.host(l)
	for _, args := range []string{
		"link add " + host + " type veth peer name " + name + " netns " + n.space(gate),
		"link set " + host + " master " + bridge + " up",
		"-n " + n.space(gate) + " addr add " + address + "/24 dev " + name,
		"-n " + n.space(gate) + " link set " + name + " up",
	} {
		if err := n.ip(args, ""); err != nil {
			return err
		}
	}
	return nil
}

func (n *network) server() string        { return n.address(0, -10) }
func (n *network) space(gate int) string { return fmt.Sprintf("%sg%d", n.short, gate) }
func (n *network) host(l link) string    { return fmt.Sprintf("%sv%d", n.short, l) }
func (n *network) address(which, gate int) string {
	return fmt.Sprintf("198.%d.%d.%d", n.sub[0], n.sub[1]+which, gate+11)
}

// set changes a link at the bridge's end. What a deaf link would carry to the gate is
// too long for its bucket, and dropped.
func (n *network) set(l link, to state) error {
	host := n.host(l)
	_ = n.do("tc", "qdisc", "del", "dev", host, "root") // is often not there
	switch to {
	case cutState:
		return n.do("ip", "link", "set", host, "down")
	case deafState:
		if err := n.do("ip", "link", "set", host, "up"); err != nil {
			return err
		}
		return n.do("tc", "qdisc", "add", "dev", host, "root", "tbf", "rate", "8bit", "burst", "1", "latency", "1ms")
	}
	return n.do("ip", "link", "set", host, "up")
}

// inside is a program that runs in a gate's namespace.
func (n *network) inside(ctx context.Context, gate int, program string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", n.space(gate), program}, args...)...)
}

func (n *network) ip(args, undo string) error {
	if err := n.do("ip", strings.Fields(args)...); err != nil {
		return err
	}
	if undo != "" {
		n.undo = append(n.undo, strings.Fields(undo))
	}
	return nil
}

func (n *network) do(program string, args ...string) error {
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, out)
	}
	return nil
}

// close takes away all that was made; the wires go with their namespaces.
func (n *network) close() {
	for i := len(n.undo) - 1; i >= 0; i-- {
		_ = n.do("ip", n.undo[i]...)
	}
}
