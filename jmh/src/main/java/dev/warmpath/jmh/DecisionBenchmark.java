package dev.warmpath.jmh;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.Router;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * A decision from block hashes: match, price every target by policy {@code kv}, choose; and the
 * same with booking, first token and end. Every target holds a part of every prompt, has prompts
 * waiting and a learnt pace. Run with {@code -prof gc} for bytes a decision.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // fill comes first
public class DecisionBenchmark {
  private static final int BLOCKS = 256;
  private static final long SECOND = 1_000_000_000L;
  private static final long TOKEN_NANOS = 61_000;
  private static final long NOW = 100 * SECOND;

  /** How many targets. */
  @Param({"64", "512"})
  public int targets;

  private Router router;
  private LoadLedger ledger;
  private RouteQuery[] dryRuns;
  private RouteQuery[] bookings;

  /** What each thread has of its own. */
  @State(Scope.Thread)
  public static class PerThread {
    private final Overlaps overlaps = new Overlaps();
    private int next;

    RouteQuery next(RouteQuery[] queries) {
      return queries[next++ & (FilledFleet.PROMPTS - 1)];
    }
  }

  /** Fills index and ledger. */
  @Setup
  public void fill() {
    FilledFleet fleet = new FilledFleet(targets, BLOCKS, 0, TOKEN_NANOS, Long.MAX_VALUE / 4);
    ledger = fleet.ledger();
    router = fleet.router();
    dryRuns = new RouteQuery[FilledFleet.PROMPTS];
    bookings = new RouteQuery[FilledFleet.PROMPTS];
    for (int i = 0; i < FilledFleet.PROMPTS; i++) {
      dryRuns[i] = fleet.query(i, false);
      bookings[i] = fleet.query(i, true);
    }
  }

  /** Match, prices and choice. */
  @Benchmark
  public RouteResult decide(PerThread thread) {
    return router.route(thread.next(dryRuns), thread.overlaps, NOW);
  }

  /** The same, booked; and the booking's first token and end. */
  @Benchmark
  public boolean decideBookAndFinish(PerThread thread) {
    return routeAndFinish(thread);
  }

  /** The same from two threads at once. */
  @Benchmark
  @Threads(2)
  public boolean decideBookAndFinishTwoThreads(PerThread thread) {
    return routeAndFinish(thread);
  }

  private boolean routeAndFinish(PerThread thread) {
    RouteResult result = router.route(thread.next(bookings), thread.overlaps, NOW);
    long bookingId = ((Decision) result).bookingId();
    ledger.firstToken(bookingId, NOW);
    return ledger.finish(bookingId, NOW);
  }
}
