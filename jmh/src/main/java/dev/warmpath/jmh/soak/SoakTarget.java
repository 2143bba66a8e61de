package dev.warmpath.jmh.soak;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongBinaryOperator;

/**
 * One target's KV cache, as far as its events show it: sessions, of which the one that was used
 * longest ago loses blocks first, from its tail. Some blocks go from the middle at once after they
 * came (a hole) and come back with the session's next turn. One thread.
 */
final class SoakTarget {
  private static final int MOST_BLOCKS_AN_EVICTION = 16;

  private final int capacity;
  private final double holeRate;
  private final Random random;
  private final Consumer<KvEvent> events;

  /** In the order of their last use. */
  private final Map<Long, Held> sessions = new LinkedHashMap<>(16, 0.75f, true);

  private final int[] usersOfSystemPrompt = new int[Sessions.SYSTEM_PROMPTS];

  /** Makes engine hashes differ from target to target and from life to life. */
  private final long life;

  private int heldBlocks;

  /** A session's leading blocks, but for the holes among them. */
  private static final class Held {
    int blocks = Sessions.SYSTEM_BLOCKS;
    final BitSet holes = new BitSet();
  }

  /**
   * @param capacity blocks that the cache has room for
   * @param holeRate the chance of a stored block to become a hole
   * @param events receives what a turn changes
   */
  SoakTarget(int capacity, double holeRate, Random random, Consumer<KvEvent> events) {
    this.capacity = capacity;
    this.holeRate = holeRate;
    this.random = random;
    this.events = events;
    this.life = random.nextLong();
  }

  int heldBlocks() {
    return heldBlocks;
  }

  boolean isFull() {
    return heldBlocks >= capacity - Sessions.MOST_BLOCKS;
  }

  /** Leading blocks of a session that the cache holds: what the index should say. */
  int overlap(Sessions.Turn turn) {
    Held held = sessions.getOrDefault(turn.session(), null);
    if (held == null) {
      return usersOfSystemPrompt[Sessions.systemPrompt(turn.session())] > 0
          ? Math.min(turn.blocks(), Sessions.SYSTEM_BLOCKS)
          : 0;
    }
    int hole = held.holes.nextSetBit(0);
    return Math.min(turn.blocks(), hole < 0 ? held.blocks : hole);
  }

  /** Computes a session: what is missing of it comes, and what has no room any more goes. */
  void compute(Sessions.Turn turn) {
    long session = turn.session();
    int system = Sessions.systemPrompt(session);
    Held held = sessions.get(session);
    if (held == null) {
      held = new Held();
      sessions.put(session, held);
      if (usersOfSystemPrompt[system]++ == 0) {
        store(session, 0, Sessions.SYSTEM_BLOCKS);
      }
    }
    for (int hole = held.holes.nextSetBit(0); hole >= 0; hole = held.holes.nextSetBit(hole)) {
      store(session, hole, hole + 1);
      held.holes.clear(hole);
    }
    if (held.blocks < turn.blocks()) {
      int from = held.blocks;
      held.blocks = turn.blocks();
      store(session, from, held.blocks);
      tearHoles(session, held, from);
    }
    while (heldBlocks > capacity) {
      evictOldest();
    }
  }

  private void tearHoles(long session, Held held, int from) {
    for (int i = from; i < held.blocks - 1; i++) {
      if (random.nextDouble() < holeRate) {
        held.holes.set(i);
        events.accept(new KvEvent.Removed(new long[] {engineHash(session, i)}, Tier.DEVICE));
        heldBlocks--;
      }
    }
  }

  private void evictOldest() {
    Iterator<Map.Entry<Long, Held>> oldestFirst = sessions.entrySet().iterator();
    Map.Entry<Long, Held> oldest = oldestFirst.next();
    Held held = oldest.getValue();
    int to = held.blocks;
    int from = Math.max(Sessions.SYSTEM_BLOCKS, to - MOST_BLOCKS_AN_EVICTION);
    remove(oldest.getKey(), held.holes, from, to);
    held.blocks = from;
    held.holes.clear(from, to);
    if (from == Sessions.SYSTEM_BLOCKS) {
      int system = Sessions.systemPrompt(oldest.getKey());
      if (--usersOfSystemPrompt[system] == 0) {
        remove(oldest.getKey(), held.holes, 0, Sessions.SYSTEM_BLOCKS);
      }
      oldestFirst.remove();
    }
  }

  private void store(long session, int from, int to) {
    long[] names = hashes(from, to, session, this::engineHash);
    long[] locals = hashes(from, to, session, (of, i) -> Sessions.localHash(of, (int) i));
    events.accept(
        from == 0
            ? KvEvent.Stored.root(names, locals, Tier.DEVICE)
            : KvEvent.Stored.after(engineHash(session, from - 1), names, locals, Tier.DEVICE));
    heldBlocks += to - from;
  }

  private static long[] hashes(int from, int to, long session, LongBinaryOperator hash) {
    long[] hashes = new long[to - from];
    for (int i = from; i < to; i++) {
      hashes[i - from] = hash.applyAsLong(session, i);
    }
    return hashes;
  }

  /** From the tail, but for the holes. */
  private void remove(long session, BitSet holes, int from, int to) {
    int blocks = to - from - holes.get(from, to).cardinality();
    long[] names = new long[blocks];
    int named = 0;
    for (int i = to - 1; i >= from; i--) {
      if (!holes.get(i)) {
        names[named++] = engineHash(session, i);
      }
    }
    if (blocks > 0) {
      events.accept(new KvEvent.Removed(names, Tier.DEVICE));
      heldBlocks -= blocks;
    }
  }

  private long engineHash(long session, long i) {
    return Sessions.mixed(Sessions.localHash(session, (int) i) ^ life);
  }
}
