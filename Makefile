# CommunityPass 社区通行
#   make demo    a community with people in it    看一看
#   make test    every test, nothing to install   测一测
# Go is all that these need. 只需要 Go。

GO      ?= go
FLAGS   ?=
FUZZTIME ?= 5s
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOFILES  = $(shell git ls-files '*.go')
# Packages whose tests stand on a database, and so run on MySQL as well.
ON_DATABASE = $(shell git grep -l '"communitypass.cn/communitypass/testkit"' -- '*_test.go' ':!bench' | xargs -n1 dirname | sort -u | sed 's,^,./,')

.PHONY: demo test race lint generate build bench fuzz chaos services integration secrets

demo: ## run with a seeded community and a simulated outside world
	$(GO) run ./cmd/communitypass demo

test: ## every test, on the embedded database
	TEST_MYSQL_DSN= $(GO) test $(FLAGS) ./...
	@echo "Left out: the database tests on MySQL or MariaDB. 未包括：MySQL 上的数据库测试。 make services && make integration"

race: ## the same under the race detector
	TEST_MYSQL_DSN= $(GO) test -race $(FLAGS) ./...

integration: ## the database tests on the server that TEST_MYSQL_DSN names
	@test -n "$$TEST_MYSQL_DSN" || { echo 'Set TEST_MYSQL_DSN=mysql://root:password@127.0.0.1:3306/ (a server where databases may be made). 请设置 TEST_MYSQL_DSN。'; exit 1; }
	$(GO) test -count=1 $(FLAGS) $(ON_DATABASE)

fuzz: ## each fuzz target for a moment
	@git grep -n '^func Fuzz' -- '*_test.go' | sed -E 's,^(.*)/[^/]*_test.go:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*,./\1 \2,' | \
	{ failed=0; while read -r package target; do \
		$(GO) test $(FLAGS) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" || failed=1; \
	done; exit $$failed; }

# The long form of ./chaos, which every test run has in short. TEST_MYSQL_DSN adds
# the kills on MySQL; mariadbd and root (or sudo) are needed for some of it.
chaos: ## kill, freeze, fill, cut: 50 kills, 1000 cut commits, 500 races
	CHAOS_ROUNDS=50 CHAOS_CUTS=1000 CHAOS_RACES=500 $(GO) test -count=1 -v -timeout 60m $(FLAGS) ./chaos

lint: ## format, vet, staticcheck
	@unformatted=$$(gofmt -l $(GOFILES)); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -C tools ./...
	$(GO) tool -modfile=tools/go.mod staticcheck ./...

generate: ## types and server from openapi/openapi.yaml
	$(GO) generate ./...

build: ## bin/communitypass, static
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' -o bin/ ./cmd/...

bench: ## measured figures, as ratios; with BENCH_MYSQL_DSN the gate on that server as well
	$(GO) test -tags bench -count=1 -timeout 40m -v $(FLAGS) ./bench

services: secrets ## MySQL for make integration, on 127.0.0.1:3306
	docker compose up -d --wait mysql

# Docker mounts each file as it is on the host, and the server's user is not the
# host's: so the files are readable, and the folder around them is not.
secrets: ## random secrets for docker compose into ./secrets; never overwrites
	@set -eu; mkdir -p secrets; chmod 700 secrets; cd secrets; \
	random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }; \
	for name in master_key mysql_password mysql_root_password; do \
		test -e $$name || { random > $$name; chmod 444 $$name; echo "made secrets/$$name"; }; \
	done; \
	test -e database || { printf 'mysql://communitypass:%s@mysql:3306/communitypass' "$$(cat mysql_password)" > database; chmod 444 database; echo "made secrets/database"; }; \
	test -e wechat_secret || echo "Missing: put the mini-program's AppSecret into secrets/wechat_secret. 请把小程序的 AppSecret 放进 secrets/wechat_secret。"
