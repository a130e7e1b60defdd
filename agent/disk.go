package agent

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// draft ends the name of a file that is not whole yet.
const draft = ".new"

// writeWhole replaces a file so that after a crash there is the old one or the new
// one, never half of either: a new file, fsync, rename, fsync of the folder.
func writeWhole(name string, data []byte) error {
	draft := name + draft
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		reached(pointDrafted)
		err = os.Rename(draft, name)
	}
	if err != nil {
		_ = os.Remove(draft)
		return err
	}
	reached(pointRenamed)
	return syncFolder(filepath.Dir(name))
}

// syncFolder makes names that were made or removed in a folder last.
func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// keepAside copies what cannot be read into the folder "aside", where nothing deletes
// it; the same thing found again is not copied again.
func keepAside(home, name string, data []byte) error {
	folder := filepath.Join(home, "aside")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	to := filepath.Join(folder, name)
	if _, err := os.Stat(to); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeWhole(to, data)
}
