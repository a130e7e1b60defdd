//go:build unix

package agent

import (
	"os"
	"syscall"
)

// Lock keeps the data folder for one process, until it is released or the process
// ends, in whatever way.
func (h *Home) Lock() (release func(), err error) {
	f, err := os.OpenFile(h.path("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}
