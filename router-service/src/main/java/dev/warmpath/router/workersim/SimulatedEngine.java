package dev.warmpath.router.workersim;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.router.replay.EngineListener;
import dev.warmpath.router.replay.EngineSpeed;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.SimulatedCache;
import dev.warmpath.router.replay.SimulatedTarget;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The ranks of one simulated worker. Any thread may submit and look; one thread moves time on. The
 * engine's monitor guards everything, so that a cache and the events told about it are always in
 * step for whoever holds it.
 */
public final class SimulatedEngine {
  private final int blockSize;
  private final EngineSpeed speed;
  private final List<Rank> ranks = new ArrayList<>();
  private long nextRequest;

  /**
   * An idle engine with empty caches.
   *
   * @param blocksPerRank blocks that each rank's cache holds
   * @param engineHashSalt makes this engine's hashes its own
   * @param sink hears of every change of a cache
   */
  public SimulatedEngine(
      int rankCount,
      int blocksPerRank,
      int blockSize,
      EngineSpeed speed,
      long engineHashSalt,
      CacheEventSink sink) {
    this.blockSize = blockSize;
    this.speed = speed;
    for (int rank = 0; rank < rankCount; rank++) {
      ranks.add(new Rank(rank, new SimulatedCache(blocksPerRank, engineHashSalt + rank), sink));
    }
  }

  /** How many ranks there are. */
  public int ranks() {
    return ranks.size();
  }

  /** Takes a request. */
  public synchronized void submit(
      int rank, Prompt prompt, int outputTokens, Generation generation, long nowNanos) {
    long request = nextRequest++;
    Rank taken = ranks.get(rank);
    taken.running.put(request, new Running(generation, prompt, outputTokens));
    taken.target.submit(request, prompt, outputTokens, nowNanos);
  }

  /** Lets everything happen that is due. */
  public synchronized void advanceTo(long nowNanos) {
    ranks.forEach(rank -> rank.target.advanceTo(nowNanos));
  }

  /** Tells every generation that decodes how far it is. */
  public synchronized void tellProgress(long nowNanos) {
    ranks.forEach(rank -> rank.running.values().forEach(running -> running.tell(nowNanos)));
  }

  /** When the next thing happens, engine nanoseconds; {@link SimulatedTarget#IDLE} for never. */
  public synchronized long nextNanos() {
    return ranks.stream().mapToLong(rank -> rank.target.nextNanos()).min().orElseThrow();
  }

  /** Requests that wait or run. */
  public synchronized int activeRequests() {
    return ranks.stream().mapToInt(rank -> rank.running.size()).sum();
  }

  /** How busy a rank is. */
  public synchronized RankUse use(int rank) {
    Rank asked = ranks.get(rank);
    return new RankUse(asked.target.running(), asked.target.waiting(), asked.blocksInUse.size());
  }

  /**
   * Looks at a rank's cache while nothing changes it and no event about it is told.
   *
   * @param look gets what the cache holds, as stored events, parents before children
   */
  public synchronized <T> T withContent(int rank, Function<List<KvEvent>, T> look) {
    return look.apply(ranks.get(rank).cache.content());
  }

  /** {@link dev.warmpath.indexer.event.CacheDigest} of what a rank holds. */
  public synchronized long digest(int rank) {
    return ranks.get(rank).cache.digest();
  }

  /** One rank: its cache, its target, and the requests that wait or run there. */
  private final class Rank implements EngineListener {
    private final int number;
    private final SimulatedCache cache;
    private final SimulatedTarget target;
    private final CacheEventSink sink;
    private final Long2ObjectLinkedOpenHashMap<Running> running =
        new Long2ObjectLinkedOpenHashMap<>();

    /** Sequence hash of a prompt block that running requests hold, to how many of them. */
    private final Long2IntOpenHashMap blocksInUse = new Long2IntOpenHashMap();

    Rank(int number, SimulatedCache cache, CacheEventSink sink) {
      this.number = number;
      this.cache = cache;
      this.sink = sink;
      this.target = new SimulatedTarget(cache, blockSize, speed, this);
    }

    @Override
    public void prefillStarted(long request, int cachedBlocks, int prefilledTokens, long nowNanos) {
      Running started = running.get(request);
      started.cachedTokens = started.prompt.tokens() - prefilledTokens;
      for (long block : started.sequenceHashes()) {
        blocksInUse.addTo(block, 1);
      }
    }

    @Override
    public void firstToken(long request, long nowNanos) {
      Running first = running.get(request);
      first.firstTokenNanos = nowNanos;
      first.generation.firstToken(first.cachedTokens);
    }

    @Override
    public void finished(long request, long nowNanos) {
      Running finished = running.remove(request);
      for (long block : finished.sequenceHashes()) {
        if (blocksInUse.addTo(block, -1) == 1) {
          blocksInUse.remove(block);
        }
      }
      finished.generation.finished(finished.outputTokens);
    }

    @Override
    public void cacheChanged(List<KvEvent> events, long nowNanos) {
      sink.changed(number, events);
    }
  }

  /** A request that waits or runs. */
  private final class Running {
    private static final long NOT_YET = -1;

    private final Generation generation;
    private final Prompt prompt;
    private final int outputTokens;
    private int cachedTokens;
    private long firstTokenNanos = NOT_YET;

    Running(Generation generation, Prompt prompt, int outputTokens) {
      this.generation = generation;
      this.prompt = prompt;
      this.outputTokens = outputTokens;
    }

    long[] sequenceHashes() {
      long[] hashes = new long[prompt.blocks()];
      BlockHasher.sequenceHashes(prompt.localHashes(), hashes.length, hashes);
      return hashes;
    }

    void tell(long nowNanos) {
      if (firstTokenNanos != NOT_YET && speed.nanosPerOutputToken() > 0) {
        long tokens = 1 + (nowNanos - firstTokenNanos) / speed.nanosPerOutputToken();
        generation.progress((int) Math.min(tokens, outputTokens));
      }
    }
  }
}
