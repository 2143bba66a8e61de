package dev.warmpath.router.app;

import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceRequest;
import dev.warmpath.router.workersim.EngineClock;
import dev.warmpath.router.workersim.FrontendOptions;
import dev.warmpath.router.workersim.LiveReport;
import dev.warmpath.router.workersim.PromptTokens;
import dev.warmpath.router.workersim.TraceFrontend;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * The live part of the demo: simulated workers and a frontend around a running router. Other
 * workers of that router are left alone. Asks for an explanation in the midst of the run, when
 * targets differ in what they hold and in what waits there.
 */
final class LiveDemo {
  private static final double EXPLAIN_AT_SHARE = 0.7;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

  private final Trace workload;
  private final RouterNode router;
  private final EngineClock clock;
  private final AtomicInteger answers = new AtomicInteger();
  private final CompletableFuture<RouteReply> explained = new CompletableFuture<>();

  /**
   * @param clock by which engines and arrivals go
   */
  LiveDemo(Trace workload, RouterNode router, EngineClock clock) {
    this.workload = workload;
    this.router = router;
    this.clock = clock;
  }

  /**
   * What came of it.
   *
   * @param report every request
   * @param explained what was asked for in the midst of the run, with all candidates
   * @param equalCaches caches that the index equals at the end: all of them
   */
  record Outcome(LiveReport report, RouteReply explained, int equalCaches) {}

  /** Starts the workers, sends the workload, checks the index, stops the workers. */
  Outcome run(SimulatedFleetOptions fleet, WorkerLinks links) throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", router.grpcPort()).usePlaintext().build();
    try (SimulatedFleet workers = SimulatedFleet.start(fleet, clock, links);
        TraceFrontend frontend =
            new TraceFrontend(channel, clock, FrontendOptions.of(fleet.model()))) {
      Set<TargetId> targets = workers.digests().keySet();
      awaitCondition(
          "not all targets came up in time", () -> router.freshTargets().containsAll(targets));
      LiveReport report =
          ProgressBars.show(
              "requests",
              workload.requests().size(),
              step ->
                  frontend.run(
                      workload,
                      () -> {
                        step.run();
                        explainOnce(channel, fleet);
                      }));
      Map<TargetId, Long> caches = workers.digests();
      awaitCondition(
          "the index does not equal the workers' caches",
          () -> router.indexDigests().entrySet().containsAll(caches.entrySet()));
      return new Outcome(report, explained.join(), caches.size());
    } finally {
      channel.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
    }
  }

  private void explainOnce(ManagedChannel channel, SimulatedFleetOptions fleet) {
    int when = (int) (workload.requests().size() * EXPLAIN_AT_SHARE);
    if (answers.incrementAndGet() == when) {
      explained.complete(
          RouterGrpc.newBlockingStub(channel)
              .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
              .explain(
                  RouteRequest.newBuilder()
                      .setModel(fleet.model())
                      .setTokenIds(PromptTokens.of(longestOf(when).prompt(), workload.blockSize()))
                      .build())
              .getDecision());
    }
  }

  /** The longest prompt among the latest of the first {@code count} requests. */
  private TraceRequest longestOf(int count) {
    return workload.requests().subList(count * 3 / 4, count).stream()
        .max(Comparator.comparingInt(request -> request.prompt().tokens()))
        .orElseThrow();
  }

  private static void awaitCondition(String otherwise, BooleanSupplier condition)
      throws InterruptedException {
    long giveUpNanos = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - giveUpNanos >= 0) {
        throw new CommandFailedException(otherwise);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN.toMillis());
    }
  }
}
