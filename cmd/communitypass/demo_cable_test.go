package main

import (
	"bufio"
	"fmt"
	"net"
	"testing"
)

// A cable carries both ways; when it is pulled, what was open ends and nothing new gets
// through, and when it is plugged in it carries again.
func TestDemoCable(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					fmt.Fprintln(c, lines.Text())
				}
			}()
		}
	}()
	wire, err := newCable(echo.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	dial := func() (net.Conn, *bufio.Scanner) {
		c, err := net.Dial("tcp", wire.socket.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c, bufio.NewScanner(c)
	}
	open, heard := dial()
	if fmt.Fprintln(open, "one"); !heard.Scan() || heard.Text() != "one" {
		t.Fatalf("heard %q, %v", heard.Text(), heard.Err())
	}
	wire.pull()
	if heard.Scan() {
		t.Errorf("heard %q through a pulled cable", heard.Text())
	}
	late, silence := dial()
	if fmt.Fprintln(late, "two"); silence.Scan() {
		t.Errorf("heard %q through a pulled cable", silence.Text())
	}
	wire.plug()
	again, answer := dial()
	if fmt.Fprintln(again, "three"); !answer.Scan() || answer.Text() != "three" {
		t.Errorf("heard %q, %v", answer.Text(), answer.Err())
	}
	if err := wire.close(); err != nil {
		t.Error(err)
	}
	if answer.Scan() {
		t.Errorf("heard %q after the end", answer.Text())
	}
}
