package agent

import (
	"os"
	"slices"
)

// keep puts a bundle on the disk. Its mark is there first, beside that of the one
// before, so that a start after a power cut finds the mark of either. What lies there
// without a mark was kept before there were any, and gets none.
func (a *Agent) keep(signed SignedBundle, b *Bundle) error {
	a.mu.Lock()
	if len(a.id.BundleMarks) > 0 {
		a.id.BundleMarks = []string{a.id.BundleMarks[0], b.mark}
	}
	id := a.id
	a.mu.Unlock()
	if err := a.Home.SetIdentity(id); err != nil {
		return err
	}
	return a.Home.SetBundle(signed)
}

// kept says that a bundle on the disk is one that this device has put there last.
func (id *Identity) kept(b *Bundle) bool {
	return b.IssuedAt >= id.BundleIssuedAt && (len(id.BundleMarks) == 0 || slices.Contains(id.BundleMarks, b.mark))
}

// dropDrafts takes away what a power cut left half written; it is for the one program
// that writes here. A disk that does not let it go keeps it, which harms nobody.
func (h *Home) dropDrafts() {
	for _, name := range []string{fileIdentity, fileToken, fileBundle} {
		_ = os.Remove(h.path(name) + draft)
	}
}
