//go:build linux || darwin

package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// freeSpace is the room in bytes that an ordinary user has left where folder is,
// or will be made.
func freeSpace(folder string) (int64, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return 0, err
	}
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			break
		}
		folder = filepath.Dir(folder)
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
