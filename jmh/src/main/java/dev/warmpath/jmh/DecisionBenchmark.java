package dev.warmpath.jmh;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.Router;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
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
  private static final int BLOCK_SIZE = 64;
  private static final int PROMPTS = 64;
  private static final int WAITING = 3;
  private static final long SECOND = 1_000_000_000L;
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
      return queries[next++ & (PROMPTS - 1)];
    }
  }

  /** Fills index and ledger. */
  @Setup
  public void fill() {
    ledger = new LoadLedger(new LedgerLimits(targets, 1_000_000, Long.MAX_VALUE / 4), 1);
    router = new Router(ledger);
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    FleetRegistry registry = new FleetRegistry(targets, new KeepsAll());
    registry.put(worker(targets));
    ModelTargets fleet = Objects.requireNonNull(registry.current().model("m"));
    SplittableRandom random = new SplittableRandom(1);
    dryRuns = new RouteQuery[PROMPTS];
    bookings = new RouteQuery[PROMPTS];
    for (int i = 0; i < PROMPTS; i++) {
      long[] prompt = random.longs(BLOCKS).toArray();
      for (int slot = 0; slot < targets; slot++) {
        long[] held = java.util.Arrays.copyOf(prompt, 1 + random.nextInt(BLOCKS));
        long[] engine = java.util.stream.LongStream.of(held).map(hash -> hash ^ 1L).toArray();
        index.apply(slot, KvEvent.Stored.root(engine, held, Tier.DEVICE), 0);
      }
      dryRuns[i] = query(fleet, index, prompt, i, false);
      bookings[i] = query(fleet, index, prompt, i, true);
    }
    learn(fleet, index, random);
  }

  /** A first token on each target, and prompts that wait there. */
  private void learn(ModelTargets fleet, PrefixIndex index, SplittableRandom random) {
    Overlaps overlaps = new Overlaps();
    for (int i = 0; i < targets * (WAITING + 1); i++) {
      RouteQuery fresh = query(fleet, index, random.longs(BLOCKS).toArray(), i, true);
      Decision decision = (Decision) router.route(fresh, overlaps, 0);
      if (i < targets) {
        ledger.firstToken(decision.bookingId(), SECOND);
      }
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

  private static RouteQuery query(
      ModelTargets fleet, PrefixIndex index, long[] prompt, long seed, boolean book) {
    return new RouteQuery(
        fleet, index, prompt, BLOCKS, BLOCKS * BLOCK_SIZE, Policies.KV, seed, book, false);
  }

  private static Worker worker(int ranks) {
    return new Worker(
        "w",
        "w:1",
        "m",
        Role.AGGREGATED,
        BLOCK_SIZE,
        ranks,
        20_000,
        256,
        0,
        Set.of(),
        Set.of(Tier.DEVICE),
        Map.of(),
        1,
        false,
        false);
  }

  private static final class KeepsAll implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {}
  }
}
