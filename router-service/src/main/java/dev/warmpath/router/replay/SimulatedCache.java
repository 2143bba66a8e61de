package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.ArrayList;
import java.util.Arrays;
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
  private final RecentBlocks recent = new RecentBlocks();
  private final CacheDigest digest = new CacheDigest();
  private @Nullable Prompt reserved;

  /** Entries of the leading blocks that the reserved prompt found. */
  private final IntArrayList path = new IntArrayList();

  private final IntArrayList looked = new IntArrayList();

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
    return recent.size();
  }

  /** Leading blocks of a prompt that are held. */
  public int cachedBlocks(Prompt prompt) {
    find(prompt, looked);
    return looked.size();
  }

  private void find(Prompt prompt, IntArrayList entries) {
    entries.clear();
    int entry = RecentBlocks.NONE;
    for (long sequenceHash : prompt.sequenceHashes()) {
      entry = following(entry, sequenceHash);
      if (entry == RecentBlocks.NONE) {
        return;
      }
      entries.add(entry);
    }
  }

  /** A block that follows another on a path; most often it was used together with that one. */
  private int following(int entry, long sequenceHash) {
    int neighbour = entry == RecentBlocks.NONE ? recent.newest() : recent.older(entry);
    return neighbour != RecentBlocks.NONE && recent.sequenceHash(neighbour) == sequenceHash
        ? neighbour
        : recent.find(sequenceHash);
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
    find(prompt, path);
    touchPath();
    evictDownTo(capacityBlocks - (keptBlocks(prompt) - path.size()), events);
    return path.size();
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
    int kept = keptBlocks(prompt);
    if (path.size() < kept) {
      add(prompt, path.size(), kept);
      touchPath();
      events.add(newRun(prompt, path.size(), kept));
    }
  }

  /**
   * Forgets everything, as an engine that starts again does.
   *
   * @param events receives that it did
   */
  public void clear(List<KvEvent> events) {
    digest.clear();
    recent.clear();
    path.clear();
    events.add(new KvEvent.Cleared());
  }

  /** {@link CacheDigest} of the content. */
  public long digest() {
    return digest.value();
  }

  /** The content as stored events, parents before children. */
  public List<KvEvent> content() {
    List<KvEvent> runs = new ArrayList<>();
    int entry = recent.newest();
    while (entry != RecentBlocks.NONE) {
      int parent = recent.parent(entry);
      LongArrayList engineHashes = new LongArrayList();
      LongArrayList localHashes = new LongArrayList();
      int last;
      do {
        engineHashes.add(engineHash(recent.sequenceHash(entry)));
        localHashes.add(recent.localHash(entry));
        last = entry;
        entry = recent.older(entry);
      } while (entry != RecentBlocks.NONE && recent.parent(entry) == last);
      runs.add(run(parent, engineHashes.toLongArray(), localHashes.toLongArray()));
    }
    return runs;
  }

  private int keptBlocks(Prompt prompt) {
    return Math.min(prompt.blocks(), capacityBlocks);
  }

  /** Makes the path the most recent, tail first; parts of it that lie together move at once. */
  private void touchPath() {
    int[] entries = path.elements();
    int last = path.size() - 1;
    while (last >= 0) {
      int first = last;
      while (first > 0 && recent.older(entries[first - 1]) == entries[first]) {
        first--;
      }
      recent.moveToFront(entries[first], entries[last]);
      last = first - 1;
    }
  }

  private void evictDownTo(int blocks, List<KvEvent> events) {
    int leaving = recent.size() - blocks;
    if (leaving <= 0) {
      return;
    }
    long[] sequenceHashes = new long[leaving];
    recent.removeOldest(sequenceHashes);
    long[] engineHashes = new long[leaving];
    for (int i = 0; i < leaving; i++) {
      digest.remove(sequenceHashes[i], Tier.DEVICE);
      engineHashes[i] = engineHash(sequenceHashes[i]);
    }
    events.add(new KvEvent.Removed(engineHashes, Tier.DEVICE));
  }

  private void add(Prompt prompt, int from, int to) {
    recent.addRun(prompt.sequenceHashes(), prompt.localHashes(), from, to, pathEnd());
    digest.addAll(prompt.sequenceHashes(), from, to, Tier.DEVICE);
  }

  private int pathEnd() {
    return path.isEmpty() ? RecentBlocks.NONE : path.getInt(path.size() - 1);
  }

  private KvEvent.Stored newRun(Prompt prompt, int from, int to) {
    long[] engineHashes = new long[to - from];
    for (int i = from; i < to; i++) {
      engineHashes[i - from] = engineHash(prompt.sequenceHashes()[i]);
    }
    return run(pathEnd(), engineHashes, Arrays.copyOfRange(prompt.localHashes(), from, to));
  }

  private KvEvent.Stored run(int parent, long[] engineHashes, long[] localHashes) {
    return parent == RecentBlocks.NONE
        ? KvEvent.Stored.root(engineHashes, localHashes, Tier.DEVICE)
        : KvEvent.Stored.after(
            engineHash(recent.sequenceHash(parent)), engineHashes, localHashes, Tier.DEVICE);
  }

  private long engineHash(long sequenceHash) {
    return Mix64.mix(sequenceHash ^ engineHashSalt);
  }
}
