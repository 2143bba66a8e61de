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
 *
 * <p>With host memory, blocks that leave go there, and {@link #fetch} brings back those that a
 * prompt needs. A block lies on the device or on the host, never on both.
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
  private static final long[] NOTHING = {};

  private final int capacityBlocks;
  private final long engineHashSalt;
  private final RecentBlocks recent = new RecentBlocks();
  private final CacheDigest digest = new CacheDigest();
  private final int hostCapacityBlocks;
  private final @Nullable HostTier host;
  private final List<KvEvent> fetchEvents = new ArrayList<>();
  private @Nullable Prompt reserved;

  /** Entries of the leading blocks that the reserved prompt found. */
  private final IntArrayList path = new IntArrayList();

  private final IntArrayList looked = new IntArrayList();

  /**
   * An empty cache without host memory.
   *
   * @param capacityBlocks blocks that it can hold, at least 1
   * @param engineHashSalt makes the engine hashes of this cache its own
   */
  public SimulatedCache(int capacityBlocks, long engineHashSalt) {
    this(capacityBlocks, 0, engineHashSalt);
  }

  /**
   * An empty cache.
   *
   * @param capacityBlocks blocks that it can hold on the device, at least 1
   * @param hostCapacityBlocks blocks that it can hold on the host; 0 for none
   * @param engineHashSalt makes the engine hashes of this cache its own
   */
  public SimulatedCache(int capacityBlocks, int hostCapacityBlocks, long engineHashSalt) {
    if (capacityBlocks < 1) {
      throw new IllegalArgumentException("capacityBlocks must be at least 1: " + capacityBlocks);
    }
    this.capacityBlocks = capacityBlocks;
    this.engineHashSalt = engineHashSalt;
    this.hostCapacityBlocks = hostCapacityBlocks;
    this.host =
        hostCapacityBlocks == 0 ? null : new HostTier(hostCapacityBlocks, this::engineHash, digest);
  }

  /** An empty cache of the same sizes. */
  public SimulatedCache anew(long otherEngineHashSalt) {
    return new SimulatedCache(capacityBlocks, hostCapacityBlocks, otherEngineHashSalt);
  }

  /** Blocks held on the device. */
  public int blocks() {
    return recent.size();
  }

  /** Blocks held on the host. */
  public int hostBlocks() {
    return host == null ? 0 : host.blocks();
  }

  /** Leading blocks of a prompt that are held on the device. */
  public int cachedBlocks(Prompt prompt) {
    find(prompt, looked);
    return looked.size();
  }

  /** Blocks of a prompt that are held on the host, right behind those on the device. */
  public int hostCachedBlocks(Prompt prompt) {
    return host == null ? 0 : host.heldFrom(prompt, cachedBlocks(prompt));
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
   * Brings the blocks of {@link #hostCachedBlocks} to the device, and marks those before them as
   * just used. Not between {@link #reserve} and {@link #store}.
   *
   * @param events receives what changes place or leaves; at no event in between a block that stays
   *     lies nowhere
   * @return how many were brought
   */
  public int fetch(Prompt prompt, List<KvEvent> events) {
    if (host == null) {
      return 0;
    }
    requireNothingReserved();
    find(prompt, path);
    int from = path.size();
    int to = Math.min(from + host.heldFrom(prompt, from), keptBlocks(prompt));
    if (from < to) {
      long[] fetched = host.take(prompt, from, to);
      touchPath();
      evictDownTo(capacityBlocks - (to - from), events);
      add(prompt, from, to);
      touchPath();
      events.add(newRun(prompt, from, to));
      HostTier.removed(fetched, events);
    }
    return Math.max(0, to - from);
  }

  /** The same; the events are kept until they are {@linkplain #takeFetchEvents taken}. */
  public int fetch(Prompt prompt) {
    return fetch(prompt, fetchEvents);
  }

  /** The events of fetches since they were last taken. */
  public List<KvEvent> takeFetchEvents() {
    List<KvEvent> taken = List.copyOf(fetchEvents);
    fetchEvents.clear();
    return taken;
  }

  private void requireNothingReserved() {
    if (reserved != null) {
      throw new IllegalStateException("the prompt before is not stored yet");
    }
  }

  /**
   * Makes room for a prompt's missing blocks, and marks those that are held as just used. {@link
   * #store} of the same prompt must follow before the next prompt.
   *
   * @param events receives the removal, if blocks must leave, and before it what the host takes in
   * @return leading blocks of the prompt that were held on the device: they need no computation
   */
  public int reserve(Prompt prompt, List<KvEvent> events) {
    requireNothingReserved();
    reserved = prompt;
    find(prompt, path);
    touchPath();
    evictDownTo(capacityBlocks - (keptBlocks(prompt) - path.size()), events);
    return path.size();
  }

  /**
   * Makes a reserved prompt's missing blocks usable. The host gives up those of them that it has.
   *
   * @param events receives the stored run, if a block was missing, and then what the host gives up
   */
  public void store(Prompt prompt, List<KvEvent> events) {
    if (reserved != prompt) {
      throw new IllegalStateException("the prompt has no room reserved");
    }
    reserved = null;
    int kept = keptBlocks(prompt);
    if (path.size() < kept) {
      long[] onHost = host == null ? NOTHING : host.take(prompt, path.size(), kept);
      add(prompt, path.size(), kept);
      touchPath();
      events.add(newRun(prompt, path.size(), kept));
      HostTier.removed(onHost, events);
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
    fetchEvents.clear();
    if (host != null) {
      host.clear();
    }
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
    if (host != null) {
      host.tellContent(runs);
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
    if (host != null) {
      host.add(oldest(leaving), events);
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

  /** A block's parent leaves after it, so it is there to be asked for its hash. */
  private List<HostTier.Block> oldest(int count) {
    List<HostTier.Block> blocks = new ArrayList<>(count);
    for (int entry = recent.oldest(); blocks.size() < count; entry = recent.newer(entry)) {
      int parent = recent.parent(entry);
      boolean first = parent == RecentBlocks.NONE;
      blocks.add(
          new HostTier.Block(
              recent.sequenceHash(entry),
              recent.localHash(entry),
              first,
              first ? 0 : recent.sequenceHash(parent)));
    }
    return blocks;
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
