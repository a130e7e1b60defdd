# CommunityPass 社区通行
#   make demo    a community with people in it    看一看
#   make test    every test, nothing to install   测一测
#   make web     the pages, with npm              网页，需要 npm
# Go is all that these need but for the pages. 除网页外只需要 Go。

GO      ?= go
FLAGS   ?=
# Executions, not seconds: at the end of a time the fuzzing engine may report the
# deadline itself as a failure (context deadline exceeded).
FUZZTIME ?= 5000x
# Of one package; the default of ten minutes is short for a busy machine.
TIMEOUT ?= 30m
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOFILES  = $(shell git ls-files '*.go')
# Packages whose tests stand on a database, and so run on MySQL as well.
ON_DATABASE = $(shell git grep -l '"communitypass.cn/communitypass/testkit"' -- '*_test.go' ':!bench' | xargs -n1 dirname | sort -u | sed 's,^,./,')

.PHONY: web resident web-test e2e pictures pages-if-npm demo day day-devices conformance phone test race lint generate build bench bench-scale fuzz explore chaos partition services integration secrets

demo: pages-if-npm ## run with a seeded community and a simulated outside world
	$(GO) run ./cmd/communitypass demo

# Where npm is, the demo has its pages; where not, it says so and everything else runs.
pages-if-npm:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory -s web || echo 'The pages were not built; the API runs without them. 网页没有构建成功，接口照常运行。'; \
	else echo 'npm is not here, so there are no pages: install Node.js 20 and run make web. 没有 npm，不含网页：安装 Node.js 20 后运行 make web。'; fi

# What npm installed stays as long as the lock file is older.
web/node_modules/.package-lock.json: web/package-lock.json web/.npmrc
	cd web && npm ci
	@touch $@

web: web/node_modules/.package-lock.json ## the pages into web/dist, which the program embeds
	cd web && npm run -s build

# Uni-app's tools are large, and a browser has no WeChat to sign in with, so make demo
# does without.
resident: web ## the resident's pages for a browser, signed in at the demo's WeChat, at /app/
	cd miniprogram && npm install --no-audit --no-fund && VITE_DEMO=1 npm run -s build:h5
	rm -rf web/dist/app && cp -R miniprogram/dist/build/h5 web/dist/app

web-test: web/node_modules/.package-lock.json ## the parts of the pages
	cd web && npm run -s test

e2e: web ## the pages in Chromium against a demo; CHROMIUM names it, SHOTS a folder for pictures
	cd web && npm run -s e2e

pictures: web ## the same, and writes the pictures of README into docs/pictures
	cd web && PICTURES=../docs/pictures npm run -s e2e

day: ## one scripted day in the life, over HTTP, with every check counted; on TEST_MYSQL_DSN where set
	$(GO) build -o bin/ ./cmd/communitypass
	$(GO) run ./cmd/day $(if $(TEST_MYSQL_DSN),--mysql '$(TEST_MYSQL_DSN)') $(DAYFLAGS)

day-devices: ## eight kinds of devices at once, recipients away for an hour, books compared; on TEST_MYSQL_DSN where set
	$(GO) build -o bin/ ./cmd/communitypass
	$(GO) run ./cmd/day -devices 18 $(if $(TEST_MYSQL_DSN),--mysql '$(TEST_MYSQL_DSN)') $(DAYFLAGS)

conformance: ## replay a folder of payloads, PAYLOADS=…, to a server and judge the answers
	@test -n "$(PAYLOADS)" || { echo 'Set PAYLOADS to a folder of files named <kind>-<vendor>-<n>.<ext>. 请用 PAYLOADS 指定报文目录。'; exit 1; }
	$(GO) build -o bin/ ./cmd/communitypass ./cmd/simulate
	bin/simulate conformance --payloads "$(PAYLOADS)" $(CONFORMANCEFLAGS)

test: ## every test, on the embedded database
	TEST_MYSQL_DSN= $(GO) test -timeout $(TIMEOUT) $(FLAGS) ./...
	@command -v node >/dev/null && test -d passcode/ts/node_modules || echo "Left out: codes that phones sign, in TypeScript (Node 20 and make phone). 未包括：手机自签码的 TypeScript 实现。"
	@echo "Left out: the database tests on MySQL or MariaDB. 未包括：MySQL 上的数据库测试。 make services && make integration"

phone: ## the TypeScript by which phones sign codes, for the tests that compare it; needs Node 20
	cd passcode/ts && npm ci --no-audit --no-fund && npm run build

# Those left out drive the program as a process of its own, which the detector does
# not see; and what is long only because there is much of it is short here.
race: ## the same under the race detector
	TEST_MYSQL_DSN= $(GO) test -race -short -timeout $(TIMEOUT) $(FLAGS) $$($(GO) list ./... | grep -vE '/(e2e|day|chaos|conformance|cmd/simulate)$$')

integration: ## the database tests on the server that TEST_MYSQL_DSN names
	@test -n "$$TEST_MYSQL_DSN" || { echo 'Set TEST_MYSQL_DSN=mysql://root:password@127.0.0.1:3306/ (a server where databases may be made). 请设置 TEST_MYSQL_DSN。'; exit 1; }
	$(GO) test -count=1 -timeout $(TIMEOUT) $(FLAGS) $(ON_DATABASE)

fuzz: ## each fuzz target for a moment
	@git grep -n '^func Fuzz' -- '*_test.go' | sed -E 's,^(.*)/[^/]*_test.go:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*,./\1 \2,' | \
	{ failed=0; while read -r package target; do \
		$(GO) test $(FLAGS) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" || failed=1; \
	done; exit $$failed; }

# What every test run draws alike is drawn anew here, so this may find what none of
# them has: it is no part of a proof.
explore: fuzz ## properties with seeds of their own, and the fuzz targets
	$(GO) test -count=1 -timeout $(TIMEOUT) $(FLAGS) $$(git ls-files '*/seed_test.go' | xargs -n1 dirname | sed 's,^,./,') -run '$(or $(PROPERTIES),.)' -rapid.seed=0 -rapid.checks=$(or $(CHECKS),1000)

# The long form of ./chaos, which every test run has in short. TEST_MYSQL_DSN adds
# the kills on MySQL; mariadbd and root (or sudo) are needed for some of it.
chaos: ## kill, freeze, fill, cut: 50 kills, 1000 cut commits, 500 races
	CHAOS_ROUNDS=50 CHAOS_CUTS=1000 CHAOS_RACES=500 $(GO) test -count=1 -v -timeout 170m $(FLAGS) ./chaos

# Root, since each gate stands in a network namespace of its own; so it is no part of
# make test. PARTITION_SEED repeats a run; TEST_MYSQL_DSN makes it two replicas.
partition: ## cut and join the network between three gates and the server for PARTITION_SECONDS (300), then count
	$(GO) build -o bin/ ./cmd/communitypass ./cmd/gateagent ./cmd/partition
	bin/partition $(if $(PARTITION_SEED),--seed $(PARTITION_SEED)) --seconds $(or $(PARTITION_SECONDS),300) $(if $(TEST_MYSQL_DSN),--mysql '$(TEST_MYSQL_DSN)')

lint: ## format, vet, staticcheck
	@unformatted=$$(gofmt -l $(GOFILES)); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -C tools ./...
	$(GO) tool -modfile=tools/go.mod staticcheck ./...

generate: ## types and server from openapi/openapi.yaml
	$(GO) generate ./...

build: ## bin/communitypass, bin/gateagent and the others, static
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' -o bin/ ./cmd/...

bench: ## measured figures, as ratios; with BENCH_MYSQL_DSN the gate on that server as well
	$(GO) test -tags bench -count=1 -timeout 40m -v $(FLAGS) ./bench

bench-scale: ## lists, search and purge with 200,000 residents and 10,000,000 passages, on BENCH_MYSQL_DSN; minutes
	@test -n "$$BENCH_MYSQL_DSN" || { echo 'Set BENCH_MYSQL_DSN=mysql://root:password@127.0.0.1:3306/ (a server where databases may be made). 请设置 BENCH_MYSQL_DSN。'; exit 1; }
	$(GO) test -tags 'bench scale' -run '^TestScale$$' -count=1 -timeout 170m -v $(FLAGS) ./bench

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
