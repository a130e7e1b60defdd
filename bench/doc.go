// Package bench measures what the house promises of its speed, as ratios between
// two things that are done in turn in one run: absolute figures drift with the
// machine and its neighbours, ratios hardly. It is a test package behind the tag
// bench, so that it can stand on testkit and no ordinary run pays for it:
//
//	make bench
//
// With BENCH_MYSQL_DSN=mysql://root:password@127.0.0.1:3306/ the gate is measured
// on that server as well.
package bench
