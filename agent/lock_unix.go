//go:build unix

package agent

import (
	"errors"
	"os"
	"syscall"
)

// Lock keeps the data folder for one process, until it is released or the process
// ends, in whatever way.
func (h *Home) Lock() (release func(), err error) {
	f, err := os.OpenFile(h.path("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, syscall.EROFS) { // a gate starts on a disk that can only be read
		f, err = os.Open(h.path("lock"))
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}
