# Extra arguments for `make demo` and `make bench`, for example: make bench ARGS=PrefixIndex
ARGS ?=
# Short enough for a first look; for figures to publish give ARGS='-f 3 -wi 10 -i 10'.
BENCH_QUICK = -f 1 -wi 3 -w 1s -i 5 -r 1s

# Folder of the Mooncake traces that `make bench-replay` plays; without any there, it plays a made one.
TRACES ?= ../shared/traces

.DEFAULT_GOAL := help
.PHONY: help demo test build format bench bench-replay bench-peers soak clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## build and run the demo; needs no NATS and no etcd
	@.ci/install build
	@./warmpath demo $(ARGS)

# Debian puts nats-server where an ordinary user's PATH does not reach.
test: export PATH := $(PATH):/usr/local/sbin:/usr/sbin
test: ## check the format, build, run every test; installs nats-server, etcd and Chromium when missing
	@.ci/install
	.ci/mvn -B verify

build: ## build everything, without tests
	.ci/mvn -q -B -DskipTests package

format: ## rewrite the Java sources in the one format
	@.ci/mvn -q -B -N -Dformat=write verify

bench: ## run the benchmarks with quick settings; writes target/results/bench.json
	.ci/mvn -q -B -DskipTests -pl jmh -am package
	@mkdir -p target/results
	"$$(.ci/find-jdk)/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
	  -XX:+UseCompactObjectHeaders -jar jmh/target/benchmarks.jar \
	  $(BENCH_QUICK) -rf json -rff target/results/bench.json $(ARGS)

bench-replay: ## replay the traces in TRACES=FOLDER (default ../shared/traces), or a made one; writes target/results/replay.json
	@examples/trace-replay/run $(TRACES)

bench-peers: ## the index beside other routers' (needs cargo); TRIALS=1 CORPORA=w16c16k,events for a quick look
	.ci/mvn -q -B -DskipTests -pl jmh -am package
	"$$(.ci/find-jdk)/bin/java" -cp jmh/target/benchmarks.jar dev.warmpath.jmh.peers.BenchPeers

soak: ## the index under churn for an hour, or MINUTES=5 for a look; writes target/results/soak.json
	.ci/mvn -q -B -DskipTests -pl jmh -am package
	"$$(.ci/find-jdk)/bin/java" -Xmx1g -cp jmh/target/benchmarks.jar dev.warmpath.jmh.soak.Soak

clean: ## remove everything that was built
	.ci/mvn -q -B clean
