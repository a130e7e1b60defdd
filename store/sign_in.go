package store

// SignInFailure is one failed try to sign in, or one that is under way. Bucket
// says against whom it counts; it is a keyed digest, so that neither names nor
// addresses can be read from it. A bucket may extend another one, and whoever
// counts the shorter counts both.
type SignInFailure struct {
	ID     string
	Bucket string
	At     int64
}

// Ends of the ranges of buckets that extend a prefix of lower-case hexadecimal
// digits: with hexadecimal digits only, and with anything.
const (
	afterHex = "g"
	afterAny = "~"
)

// AddSignInFailures stores failures.
func (t *Tx) AddSignInFailures(failures []SignInFailure) error {
	return translate(t.db.Create(&failures).Error)
}

// NthSignInFailure is when the nth newest failure after since happened in the
// bucket and those that extend it with hexadecimal digits, or 0 when there are
// fewer. When it leaves the window, n-1 are left.
func (t *Tx) NthSignInFailure(bucket string, since int64, n int) (int64, error) {
	var at []int64
	err := t.db.Model(&SignInFailure{}).Where("bucket >= ? AND bucket < ? AND at > ?", bucket, bucket+afterHex, since).
		Order("at DESC").Offset(n-1).Limit(1).Pluck("at", &at).Error
	if err != nil || len(at) == 0 {
		return 0, translate(err)
	}
	return at[0], nil
}

// RemoveSignInFailures takes failures back, by id.
func (t *Tx) RemoveSignInFailures(ids []string) error {
	return translate(t.db.Where("id IN ?", ids).Delete(&SignInFailure{}).Error)
}

// ClearSignInFailures forgets all failures of a bucket and of those that extend it.
func (t *Tx) ClearSignInFailures(bucket string) error {
	return translate(t.db.Where("bucket >= ? AND bucket < ?", bucket, bucket+afterAny).Delete(&SignInFailure{}).Error)
}
