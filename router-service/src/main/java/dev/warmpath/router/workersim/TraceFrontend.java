package dev.warmpath.router.workersim;

import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceRequest;
import dev.warmpath.v1.RouterGrpc;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A small frontend: sends a trace's requests as they arrive, each to the worker that the router
 * names, and reports how they go. Open loop: arrivals never wait for answers. One run at a time.
 */
public final class TraceFrontend implements AutoCloseable {
  private static final int MAX_REPLY_BYTES = 1 << 20;

  private final RouterGrpc.RouterBlockingStub router;
  private final RouterGrpc.RouterStub reports;
  private final ConcurrentHashMap<String, ManagedChannel> workers = new ConcurrentHashMap<>();
  private final EngineClock clock;
  private final FrontendOptions options;

  /**
   * @param router channel to the router; stays the caller's
   * @param clock the engines' clock, by which the trace's arrivals are kept
   */
  public TraceFrontend(Channel router, EngineClock clock, FrontendOptions options) {
    this.router = RouterGrpc.newBlockingStub(router);
    this.reports = RouterGrpc.newStub(router);
    this.clock = clock;
    this.options = options;
  }

  /**
   * Sends all requests of a trace and waits for the last answer.
   *
   * @param progress told of each request that ended; any thread
   */
  public LiveReport run(Trace trace, Runnable progress) throws InterruptedException {
    long startNanos = clock.nowNanos() - trace.requests().getFirst().arrivalNanos();
    List<Future<LiveRequest>> answers = new ArrayList<>();
    try (ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      for (TraceRequest request : trace.requests()) {
        long arrivalNanos = startNanos + request.arrivalNanos();
        sleepUntil(arrivalNanos);
        RequestRun run =
            new RequestRun(
                router, reports, this::worker, clock, options, request, trace.blockSize());
        answers.add(
            requests.submit(() -> {
              LiveRequest ended = run.call(arrivalNanos);
              progress.run();
              return ended;
            }));
      }
    }
    List<LiveRequest> ended = new ArrayList<>();
    for (Future<LiveRequest> answer : answers) {
      ended.add(get(answer));
    }
    return new LiveReport(ended);
  }

  private static LiveRequest get(Future<LiveRequest> answer) throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("request ended abnormally: " + e.getCause(), e);
    }
  }

  private void sleepUntil(long engineNanos) throws InterruptedException {
    long nanos = clock.realNanosUntil(engineNanos);
    if (nanos > 0) {
      Thread.sleep(Duration.ofNanos(nanos));
    }
  }

  private Channel worker(String address) {
    return workers.computeIfAbsent(
        address,
        target ->
            NettyChannelBuilder.forTarget(target)
                .usePlaintext()
                .maxInboundMessageSize(MAX_REPLY_BYTES)
                .build());
  }

  /** Closes the channels to the workers; calls that still run are cancelled. */
  @Override
  public void close() {
    workers.values().forEach(ManagedChannel::shutdownNow);
  }
}
