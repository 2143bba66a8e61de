package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The KV cache of one simulated target: blocks of prompts, the least recently used leaving first,
 * and the events that the changes cause. Constant time a block. One thread at a time.
 *
 * <p>A prompt takes its room when its prefill starts ({@link #reserve}: this is when others leave)
 * and its new blocks become usable when it ends ({@link #store}). Of a prompt longer than the cache
 * only the first blocks are kept.
 */
public final class SimulatedCache {
  /*
   * Every use touches a path tail first, so a block is always more recent than all that follow it:
   * plain least-recently-used order makes leaves leave before their prefixes, and what is held of
   * any prompt is a prefix of it.
   *
   * Engine hashes are a salted bijection of sequence hashes: unique in the cache, and of no meaning
   * to anyone else.
   */
  private final int capacityBlocks;
  private final long engineHashSalt;
  private final Long2ObjectLinkedOpenHashMap<Block> mostRecentFirst =
      new Long2ObjectLinkedOpenHashMap<>();
  private final CacheDigest digest = new CacheDigest();
  private @Nullable Prompt reserved;

  /**
   * An empty cache.
   *
   * @param capacityBlocks blocks that it can hold, at least 1
   * @param engineHashSalt makes the engine hashes of this cache its own
   */
  public SimulatedCache(int capacityBlocks, long engineHashSalt) {
    if (capacityBlocks < 1) {
      throw new IllegalArgumentException("capacityBlocks must be at least 1: " + capacityBlocks);
    }
    this.capacityBlocks = capacityBlocks;
    this.engineHashSalt = engineHashSalt;
  }

  /** Blocks held. */
  public int blocks() {
    return mostRecentFirst.size();
  }

  /** Leading blocks of a prompt that are held. */
  public int cachedBlocks(Prompt prompt) {
    long[] sequenceHashes = prompt.sequenceHashes();
    int held = 0;
    while (held < sequenceHashes.length && mostRecentFirst.containsKey(sequenceHashes[held])) {
      held++;
    }
    return held;
  }

  /**
   * Makes room for a prompt's missing blocks, and marks those that are held as just used. {@link
   * #store} of the same prompt must follow before the next prompt.
   *
   * @param events receives the removal, if blocks must leave
   * @return leading blocks of the prompt that were held: they need no computation
   */
  public int reserve(Prompt prompt, List<KvEvent> events) {
    if (reserved != null) {
      throw new IllegalStateException("the prompt before is not stored yet");
    }
    reserved = prompt;
    int cached = cachedBlocks(prompt);
    touch(prompt, cached);
    evictDownTo(capacityBlocks - (keptBlocks(prompt) - cached), events);
    return cached;
  }

  /**
   * Makes a reserved prompt's missing blocks usable.
   *
   * @param events receives the stored run, if a block was missing
   */
  public void store(Prompt prompt, List<KvEvent> events) {
    if (reserved != prompt) {
      throw new IllegalStateException("the prompt has no room reserved");
    }
    reserved = null;
    int cached = cachedBlocks(prompt);
    List<Block> missing = blocks(prompt, cached, keptBlocks(prompt));
    if (!missing.isEmpty()) {
      missing.reversed().forEach(this::add);
      touch(prompt, cached);
      events.add(asRun(missing));
    }
  }

  /**
   * Forgets everything, as an engine that starts again does.
   *
   * @param events receives that it did
   */
  public void clear(List<KvEvent> events) {
    for (long sequenceHash : mostRecentFirst.keySet()) {
      digest.remove(sequenceHash, Tier.DEVICE);
    }
    mostRecentFirst.clear();
    events.add(new KvEvent.Cleared());
  }

  /** {@link CacheDigest} of the content. */
  public long digest() {
    return digest.value();
  }

  /** The content as stored events, parents before children. */
  public List<KvEvent> content() {
    List<KvEvent> runs = new ArrayList<>();
    List<Block> run = new ArrayList<>();
    for (Block block : mostRecentFirst.values()) {
      if (!run.isEmpty() && !block.follows(run.getLast())) {
        runs.add(asRun(run));
        run.clear();
      }
      run.add(block);
    }
    if (!run.isEmpty()) {
      runs.add(asRun(run));
    }
    return runs;
  }

  private int keptBlocks(Prompt prompt) {
    return Math.min(prompt.blocks(), capacityBlocks);
  }

  private void touch(Prompt prompt, int blocks) {
    long[] sequenceHashes = prompt.sequenceHashes();
    for (int i = blocks - 1; i >= 0; i--) {
      mostRecentFirst.getAndMoveToFirst(sequenceHashes[i]);
    }
  }

  private void evictDownTo(int blocks, List<KvEvent> events) {
    int leaving = mostRecentFirst.size() - blocks;
    if (leaving <= 0) {
      return;
    }
    long[] engineHashes = new long[leaving];
    for (int i = 0; i < leaving; i++) {
      long sequenceHash = mostRecentFirst.removeLast().sequenceHash();
      digest.remove(sequenceHash, Tier.DEVICE);
      engineHashes[i] = engineHash(sequenceHash);
    }
    events.add(new KvEvent.Removed(engineHashes, Tier.DEVICE));
  }

  private void add(Block block) {
    mostRecentFirst.putAndMoveToFirst(block.sequenceHash(), block);
    digest.add(block.sequenceHash(), Tier.DEVICE);
  }

  private static List<Block> blocks(Prompt prompt, int from, int to) {
    long[] sequenceHashes = prompt.sequenceHashes();
    List<Block> blocks = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      long parentHash = i == 0 ? 0L : sequenceHashes[i - 1];
      blocks.add(new Block(i, parentHash, sequenceHashes[i], prompt.localHashes()[i]));
    }
    return blocks;
  }

  private KvEvent.Stored asRun(List<Block> blocks) {
    long[] engineHashes = new long[blocks.size()];
    long[] localHashes = new long[blocks.size()];
    for (int i = 0; i < engineHashes.length; i++) {
      engineHashes[i] = engineHash(blocks.get(i).sequenceHash());
      localHashes[i] = blocks.get(i).localHash();
    }
    Block first = blocks.getFirst();
    if (first.depth() == 0) {
      return KvEvent.Stored.root(engineHashes, localHashes, Tier.DEVICE);
    }
    long parentHash = engineHash(first.parentHash());
    return KvEvent.Stored.after(parentHash, engineHashes, localHashes, Tier.DEVICE);
  }

  private long engineHash(long sequenceHash) {
    return Mix64.mix(sequenceHash ^ engineHashSalt);
  }

  /** A held block; {@code parentHash} is a sequence hash and says nothing at depth 0. */
  private record Block(int depth, long parentHash, long sequenceHash, long localHash) {
    boolean follows(Block other) {
      return depth == other.depth + 1 && parentHash == other.sequenceHash;
    }
  }
}
