package e2e_test

import (
	"bytes"
	"database/sql"
	"net/url"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the driver of the server that the world is on
)

// dump is every row of every table of a database on a server, by table.
func dump(t testing.TB, address string) map[string][]byte {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("mysql", u.User.String()+"@tcp("+u.Host+")"+u.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string][]byte{}
	for _, table := range rows(t, db, "SHOW TABLES") {
		name := string(bytes.TrimSpace(table))
		out["demo.db, table "+name] = bytes.Join(rows(t, db, "SELECT * FROM `"+name+"`"), []byte("\n"))
	}
	return out
}

// rows are the rows of a query, their columns one after the other.
func rows(t testing.TB, db *sql.DB, query string) [][]byte {
	t.Helper()
	found, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var out [][]byte
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var row []byte
		for _, v := range values {
			row = append(append(row, v...), ' ')
		}
		out = append(out, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
