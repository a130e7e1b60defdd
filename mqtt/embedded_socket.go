package mqtt

import (
	"errors"
	"net"

	"communitypass.cn/communitypass/model"

	"golang.org/x/net/netutil"
)

// limited bounds the connections of a socket, and the time that each may take until it
// has said who it is: the broker sets a later deadline then.
func limited(socket net.Listener, most int) net.Listener {
	return hasty{netutil.LimitListener(socket, most)}
}

type hasty struct{ net.Listener }

func (h hasty) Accept() (net.Conn, error) {
	conn, err := h.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(model.SystemClock{}.Now().Add(loginTime)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
