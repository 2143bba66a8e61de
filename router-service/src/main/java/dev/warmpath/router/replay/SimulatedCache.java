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
 * <p>With host memory or a disk, blocks that leave go there, from the host on to the disk, and
 * {@link #fetch} brings back those that a prompt needs. A block lies on one tier, never on two.
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
  private final int hostCapacityBlocks;
  private final int diskCapacityBlocks;

  /** The slower tiers that are there, the faster first. */
  private final List<OffloadedBlocks> slower = new ArrayList<>();

  private final List<KvEvent> fetchEvents = new ArrayList<>();
  private @Nullable Prompt reserved;

  /** Entries of the leading blocks that the reserved prompt found. */
  private final IntArrayList path = new IntArrayList();

  private final IntArrayList looked = new IntArrayList();

  /**
   * An empty cache without slower tiers.
   *
   * @param capacityBlocks blocks that it can hold, at least 1
   * @param engineHashSalt makes the engine hashes of this cache its own
   */
  public SimulatedCache(int capacityBlocks, long engineHashSalt) {
    this(capacityBlocks, 0, 0, engineHashSalt);
  }

  /**
   * An empty cache.
   *
   * @param capacityBlocks blocks that it can hold on the device, at least 1
   * @param hostCapacityBlocks blocks that it can hold on the host; 0 for none
   * @param diskCapacityBlocks blocks that it can hold on the disk; 0 for none
   * @param engineHashSalt makes the engine hashes of this cache its own
   */
  public SimulatedCache(
      int capacityBlocks, int hostCapacityBlocks, int diskCapacityBlocks, long engineHashSalt) {
    if (capacityBlocks < 1) {
      throw new IllegalArgumentException("capacityBlocks must be at least 1: " + capacityBlocks);
    }
    this.capacityBlocks = capacityBlocks;
    this.engineHashSalt = engineHashSalt;
    this.hostCapacityBlocks = hostCapacityBlocks;
    this.diskCapacityBlocks = diskCapacityBlocks;
    addSlower(Tier.DISK, diskCapacityBlocks);
    addSlower(Tier.HOST, hostCapacityBlocks);
  }

  /** Puts a tier before those that are there. */
  private void addSlower(Tier tier, int blocks) {
    if (blocks > 0) {
      OffloadedBlocks next = slower.isEmpty() ? null : slower.getFirst();
      slower.addFirst(new OffloadedBlocks(tier, blocks, next, this::engineHash, digest));
    }
  }

  /** An empty cache of the same sizes. */
  public SimulatedCache anew(long otherEngineHashSalt) {
    return new SimulatedCache(
        capacityBlocks, hostCapacityBlocks, diskCapacityBlocks, otherEngineHashSalt);
  }

  /** Blocks held on the device. */
  public int blocks() {
    return recent.size();
  }

  /** Blocks held on slower tiers. */
  public int offloadedBlocks() {
    return slower.stream().mapToInt(OffloadedBlocks::blocks).sum();
  }

  /** Leading blocks of a prompt that are held on the device. */
  public int cachedBlocks(Prompt prompt) {
    find(prompt, looked);
    return looked.size();
  }

  /** What a {@link #fetch} of a prompt would bring. */
  public Fetched offloadedBlocks(Prompt prompt) {
    return offloadedFrom(prompt, cachedBlocks(prompt), prompt.blocks());
  }

  /** A block's parent was used no longer ago, so it lies on the same tier or a faster one. */
  private Fetched offloadedFrom(Prompt prompt, int from, int most) {
    int onHost = 0;
    int end = from;
    for (OffloadedBlocks tier : slower) {
      end = Math.min(most, end + tier.heldFrom(prompt, end));
      onHost = tier.tier() == Tier.HOST ? end - from : onHost;
    }
    return new Fetched(onHost, end - from - onHost);
  }

  /**
   * Blocks of a prompt on slower tiers, right behind those on the device.
   *
   * @param hostBlocks on the host
   * @param diskBlocks on the disk, behind those
   */
  public record Fetched(int hostBlocks, int diskBlocks) {
    /** No block. */
    public static final Fetched NONE = new Fetched(0, 0);

    /** All of them. */
    public int blocks() {
      return hostBlocks + diskBlocks;
    }
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
   * Brings the blocks of {@link #offloadedBlocks(Prompt)} to the device, and marks those before
   * them as just used. Not between {@link #reserve} and {@link #store}.
   *
   * @param events receives what changes place or leaves; at no event in between a block that stays
   *     lies nowhere
   * @return what was brought
   */
  public Fetched fetch(Prompt prompt, List<KvEvent> events) {
    if (slower.isEmpty()) {
      return Fetched.NONE;
    }
    requireNothingReserved();
    find(prompt, path);
    int from = path.size();
    Fetched fetched = offloadedFrom(prompt, from, keptBlocks(prompt));
    int to = from + fetched.blocks();
    if (from < to) {
      List<long[]> taken = takeOffloaded(prompt, from, to);
      touchPath();
      evictDownTo(capacityBlocks - (to - from), events);
      add(prompt, from, to);
      touchPath();
      events.add(newRun(prompt, from, to));
      tellTaken(taken, events);
    }
    return fetched;
  }

  /** Takes blocks from the slower tiers; their engine hashes by tier. */
  private List<long[]> takeOffloaded(Prompt prompt, int from, int to) {
    return slower.stream().map(tier -> tier.take(prompt, from, to)).toList();
  }

  private void tellTaken(List<long[]> taken, List<KvEvent> events) {
    for (int i = 0; i < taken.size(); i++) {
      slower.get(i).removed(taken.get(i), events);
    }
  }

  /** The same; the events are kept until they are {@linkplain #takeFetchEvents taken}. */
  public Fetched fetch(Prompt prompt) {
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
   * @param events receives the removal, if blocks must leave, and before it what slower tiers take
   *     in
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
   * Makes a reserved prompt's missing blocks usable. Slower tiers give up those of them that they
   * have.
   *
   * @param events receives the stored run, if a block was missing, and then what others give up
   */
  public void store(Prompt prompt, List<KvEvent> events) {
    if (reserved != prompt) {
      throw new IllegalStateException("the prompt has no room reserved");
    }
    reserved = null;
    int kept = keptBlocks(prompt);
    if (path.size() < kept) {
      List<long[]> taken = takeOffloaded(prompt, path.size(), kept);
      add(prompt, path.size(), kept);
      touchPath();
      events.add(newRun(prompt, path.size(), kept));
      tellTaken(taken, events);
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
    slower.forEach(OffloadedBlocks::clear);
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
    slower.forEach(tier -> tier.tellContent(runs));
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
    if (!slower.isEmpty()) {
      slower.getFirst().add(oldest(leaving), events);
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
  private List<OffloadedBlocks.Block> oldest(int count) {
    List<OffloadedBlocks.Block> blocks = new ArrayList<>(count);
    for (int entry = recent.oldest(); blocks.size() < count; entry = recent.newer(entry)) {
      int parent = recent.parent(entry);
      boolean first = parent == RecentBlocks.NONE;
      blocks.add(
          new OffloadedBlocks.Block(
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
