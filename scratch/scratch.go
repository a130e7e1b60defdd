// Package scratch makes a MySQL database of its own for one run of a command, and drops
// it afterwards.
package scratch

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Database makes a database on the server mysql://user:password@host:3306/ whose name
// begins with a word of letters. It gives the address of the database, and what drops it.
func Database(server, word string) (address string, drop func() error, err error) {
	server = strings.TrimRight(server, "/")
	name := fmt.Sprintf("cp_%s_%d", word, os.Getpid())
	if err := execute(server, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"); err != nil {
		return "", nil, err
	}
	return server + "/" + name, func() error { return execute(server, "DROP DATABASE "+name) }, nil
}

func execute(server, statement string) error {
	user, address, ok := strings.Cut(strings.TrimPrefix(server, "mysql://"), "@")
	if !ok {
		return errors.New("the server is not given as mysql://user:password@host:3306/")
	}
	c := mysql.NewConfig()
	c.User, c.Passwd, _ = strings.Cut(user, ":")
	c.Net, c.Addr = "tcp", address
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}
