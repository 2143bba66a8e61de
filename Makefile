# Extra arguments for `make demo` and `make bench`, for example: make bench ARGS=PrefixIndex
ARGS ?=
# Short enough for a first look; for figures to publish give ARGS='-f 3 -wi 10 -i 10'.
BENCH_QUICK = -f 1 -wi 2 -w 1s -i 3 -r 1s

# Folder of the Mooncake traces that `make bench-replay` plays; without any there, it plays a made one.
TRACES ?= ../shared/traces
# Trace that `make bench-replay` also plays on modelled GB200 engines, when it is there.
EXEMPLAR ?= $(TRACES)/exemplar_10000_reconstruction.jsonl.gz
# Trace that it plays through Dynamo's replay, too; a made one when it is not there.
CONVERSATION ?= $(TRACES)/mooncake_fast25_conversation.jsonl.gz

.DEFAULT_GOAL := help
.PHONY: help demo test test-long build format bench bench-replay bench-peers bench-policies bench-grpc soak clean

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

test-long: ## the tests of the prefix index on chance and of races, ten times and more as long: many minutes
	.ci/mvn -B -pl router-service -am verify -Dformat=skip -Dwarmpath.long=true -Dtest='PrefixIndex*Test,*RacesTest'

build: ## build everything, without tests
	.ci/mvn -q -B -DskipTests package

format: ## rewrite the Java sources in the one format
	@.ci/mvn -q -B -N -Dformat=write verify

bench: ## run the benchmarks with quick settings, 10 minutes; ARGS=Lookup for one; writes target/results/bench.json
	.ci/mvn -q -B -DskipTests -pl jmh -am package
	@mkdir -p target/results
	"$$(.ci/find-jdk)/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
	  -XX:+UseCompactObjectHeaders -jar jmh/target/benchmarks.jar \
	  $(BENCH_QUICK) -rf json -rff target/results/bench.json $(ARGS)

bench-replay: ## replay the traces in TRACES=FOLDER (default ../shared/traces), or a made one, also through Dynamo's replay; writes target/results/
	@examples/trace-replay/run $(TRACES)
	@if [ -r $(EXEMPLAR) ]; then examples/trace-replay/exemplar $(EXEMPLAR); fi
	@examples/trace-replay/speed $(EXEMPLAR)
	@examples/trace-replay/dynamo $(CONVERSATION)

bench-peers: ## the index beside other routers' (needs cargo); TRIALS=1 CORPORA=w16c16k,events for a quick look
	.ci/mvn -q -B -DskipTests -pl jmh -am package
	"$$(.ci/find-jdk)/bin/java" -cp jmh/target/benchmarks.jar dev.warmpath.jmh.peers.BenchPeers

bench-policies: ## every policy over every trace, fleet and load, into docs/benchmarks.md; TRACES_ONLY=agentic WORKERS=16 PAGE=no for a quick look
	.ci/mvn -q -B -DskipTests -pl jmh -am package
	"$$(.ci/find-jdk)/bin/java" -Xmx3g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
	  -XX:+UseCompactObjectHeaders -cp jmh/target/benchmarks.jar dev.warmpath.jmh.policies.BenchPolicies

bench-grpc: ## Route over gRPC beside an empty RPC, and beside NVIDIA Dynamo's selection service (needs pip); ROUNDS=2 SECONDS=1 for a quick look
	.ci/mvn -q -B -DskipTests -pl jmh -am package
	"$$(.ci/find-jdk)/bin/java" -Xmx1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
	  -XX:+UseCompactObjectHeaders -cp jmh/target/benchmarks.jar dev.warmpath.jmh.grpc.BenchGrpc

soak: ## the index under churn for an hour, or MINUTES=5 for a look; writes target/results/soak.json
	.ci/mvn -q -B -DskipTests -pl jmh -am package
	"$$(.ci/find-jdk)/bin/java" -Xmx1g -cp jmh/target/benchmarks.jar dev.warmpath.jmh.soak.Soak

clean: ## remove everything that was built
	.ci/mvn -q -B clean
