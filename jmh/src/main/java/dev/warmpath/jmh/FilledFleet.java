package dev.warmpath.jmh;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
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
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.Router;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * A router over targets that have much to do: each holds a part of each of {@link #PROMPTS}
 * prompts, has other prompts waiting, and has taught the router its pace. One worker a target. Made
 * by one thread; the same arguments make the same fleet.
 */
public final class FilledFleet {
  /** Prompts of which every target holds a part; a power of two. */
  public static final int PROMPTS = 64;

  /** Tokens in a block. */
  public static final int BLOCK_SIZE = 64;

  /** The one model. */
  public static final String MODEL = "m";

  private static final int WAITING = 3;
  private static final int VOCABULARY = 100_000;
  private static final long KV_BLOCKS = 20_000;
  private static final int BATCH_REQUESTS = 256;

  private final int blocks;
  private final LoadLedger ledger;
  private final FleetRegistry registry;
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Router router;

  /**
   * @param targets how many
   * @param blocks in each prompt
   * @param startNanos when the waiting prompts were booked
   * @param tokenNanos what a prompt token takes, nanoseconds; at least 1
   * @param expiryNanos how long a booking lives, nanoseconds; those of the waiting prompts too
   */
  public FilledFleet(int targets, int blocks, long startNanos, long tokenNanos, long expiryNanos) {
    this.blocks = blocks;
    ledger = new LoadLedger(new LedgerLimits(targets, 1_000_000, expiryNanos), 1);
    registry = new FleetRegistry(targets, new KeepsAll());
    for (int i = 0; i < targets; i++) {
      registry.put(worker(i));
    }
    router = new Router(ledger);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < PROMPTS; i++) {
      long[] prompt = hashes(i);
      for (int slot = 0; slot < targets; slot++) {
        long[] held = Arrays.copyOf(prompt, 1 + random.nextInt(blocks));
        long[] engine = LongStream.of(held).map(hash -> hash ^ 1L).toArray();
        index.apply(slot, KvEvent.Stored.root(engine, held, Tier.DEVICE), 0);
      }
    }
    learn(targets, random, startNanos, tokenNanos);
  }

  /** A first token on each target, and prompts that wait there. */
  private void learn(int targets, SplittableRandom random, long startNanos, long tokenNanos) {
    Overlaps overlaps = new Overlaps();
    for (int i = 0; i < targets * (WAITING + 1); i++) {
      long[] fresh = random.longs(blocks).toArray();
      Decision decision = (Decision) router.route(query(fresh, i, true), overlaps, startNanos);
      if (i < targets) {
        ledger.firstToken(decision.bookingId(), startNanos + tokenNanos * blocks * BLOCK_SIZE);
      }
    }
  }

  /** The tokens of a prompt, from 0, as requests carry them. */
  public static byte[] tokens(int prompt, int count) {
    SplittableRandom random = new SplittableRandom(prompt);
    ByteBuffer bytes = ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putInt(random.nextInt(VOCABULARY));
    }
    return bytes.array();
  }

  /** The local hashes of a prompt, from 0, of {@code blocks} blocks. */
  public static long[] hashes(int prompt, int blocks) {
    long[] hashes = new long[blocks];
    new BlockHasher(BLOCK_SIZE, false)
        .localHashes(tokens(prompt, blocks * BLOCK_SIZE), BlockSeed.BASE, hashes);
    return hashes;
  }

  private long[] hashes(int prompt) {
    return hashes(prompt, blocks);
  }

  /** A query for one of the prompts under policy {@code kv}. */
  public RouteQuery query(int prompt, boolean book) {
    return query(hashes(prompt), prompt, book);
  }

  /** A query for a prompt given by its hashes under policy {@code kv}. */
  public RouteQuery query(long[] hashes, long seed, boolean book) {
    return new RouteQuery(
        targets(), index, hashes, blocks, blocks * BLOCK_SIZE, Policies.KV, seed, book, false);
  }

  private ModelTargets targets() {
    return Objects.requireNonNull(registry.current().model(MODEL));
  }

  /** Decides, and books in {@link #ledger}. */
  public Router router() {
    return router;
  }

  /** The load of the targets. */
  public LoadLedger ledger() {
    return ledger;
  }

  /** The targets. */
  public FleetRegistry registry() {
    return registry;
  }

  /** What the targets hold. */
  public PrefixIndex index() {
    return index;
  }

  private static Worker worker(int number) {
    return new Worker(
        "w" + number,
        "w" + number + ":1",
        MODEL,
        Role.AGGREGATED,
        BLOCK_SIZE,
        1,
        KV_BLOCKS,
        BATCH_REQUESTS,
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
