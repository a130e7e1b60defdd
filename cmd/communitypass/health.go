package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) healthCommand() *cobra.Command {
	var ready bool
	c := &cobra.Command{Use: "health", Short: "Ask the running server for a sign of life 询问运行中的服务", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.health(c.Context(), ready) }}
	c.Flags().BoolVar(&ready, "ready", false, "ask whether it can work, not only whether it lives 询问是否就绪")
	return c
}

// health is for container engines: the image has no shell and no curl.
func (p *program) health(ctx context.Context, ready bool) error {
	cfg, err := readConfig(p.environ)
	if err != nil {
		return err
	}
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	return probe(ctx, "http://"+nearby(cfg.Listen)+path)
}

// probe asks a server on this machine for 200.
func probe(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fail("监听地址不正确。", "The listen address is not usable.", err)
	}
	// No proxy of the environment: this asks the own machine.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return fail("服务没有应答。", "The server does not answer.", err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fail(fmt.Sprintf("服务应答 %d。", answer.StatusCode), fmt.Sprintf("The server answers %d.", answer.StatusCode))
	}
	return nil
}

// nearby is the address by which this machine reaches a listener on all addresses.
func nearby(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case host == "" || err == nil && addr.IsUnspecified() && addr.Is4():
		host = "127.0.0.1"
	case err == nil && addr.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
