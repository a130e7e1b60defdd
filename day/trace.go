package day

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// secret is what must be found nowhere: a name as it is, or a phone that stands by
// itself, since the same digits turn up in long numbers.
type secret struct {
	text  string
	whole *regexp.Regexp
}

// nameOf is the secret of a name, or of how names begin.
func nameOf(text string) secret { return secret{text: text} }

// phoneOf is the secret of a phone, or of all that begin with some digits.
func phoneOf(digits string) secret {
	rest := 11 - len(digits)
	return secret{digits, regexp.MustCompile(fmt.Sprintf(`(^|[^0-9.])%s[0-9]{%d}([^0-9]|$)`, digits, rest))}
}

// in says whether the secret occurs, as it is or as in an address.
func (s secret) in(kept []byte) bool {
	if !bytes.Contains(kept, []byte(s.text)) {
		return s.whole == nil && bytes.Contains(kept, []byte(url.QueryEscape(s.text)))
	}
	return s.whole == nil || s.whole.Match(kept)
}

// traces looks for secrets in everything that the program keeps: the files of its data
// folder, or a dump of the database on a server. It says where it found what, and
// whether it could look.
func (d *Day) traces(secrets ...secret) (found []string, looked bool) {
	err := filepath.WalkDir(filepath.Join(d.folder, "data"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		kept, err := os.ReadFile(path)
		found = append(found, within(e.Name(), kept, secrets)...)
		return err
	})
	if err != nil {
		panic(stuck{err})
	}
	if d.Database == "" {
		return found, true
	}
	dump, err := d.dump()
	if err != nil {
		fmt.Fprintf(d.out, "  --    the database was not looked through: %v\n", err)
		return found, false
	}
	return append(found, within("the dump", dump, secrets)...), true
}

// logged is what the program has logged so far.
func (d *Day) logged() []byte {
	said, err := os.ReadFile(d.log.Name())
	if err != nil {
		panic(stuck{err})
	}
	return said
}

// within are the secrets that occur.
func within(where string, kept []byte, secrets []secret) []string {
	var found []string
	for _, s := range secrets {
		if s.in(kept) {
			found = append(found, s.text+" in "+where)
		}
	}
	return found
}

// dump is all rows of the database on a server.
func (d *Day) dump() ([]byte, error) {
	at, err := url.Parse(d.Database)
	if err != nil {
		return nil, err
	}
	args := []string{"--host", at.Hostname(), "--port", at.Port(), "--user", at.User.Username(), "--single-transaction", strings.TrimPrefix(at.Path, "/")}
	c := exec.CommandContext(d.ctx, "mariadb-dump", args...)
	password, _ := at.User.Password()
	c.Env = append(os.Environ(), "MYSQL_PWD="+password)
	return c.Output()
}
