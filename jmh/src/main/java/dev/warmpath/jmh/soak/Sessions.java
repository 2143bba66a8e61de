package dev.warmpath.jmh.soak;

import java.util.Random;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Conversations that go on at the same time. Each begins with one of a few system prompts, grows
 * from turn to turn, and makes way for another one when it is full. One thread makes turns; any
 * thread reads.
 */
final class Sessions {
  static final int SYSTEM_PROMPTS = 20;

  /** Blocks of a system prompt. */
  static final int SYSTEM_BLOCKS = 32;

  /** Blocks of a session at most, its system prompt included. */
  static final int MOST_BLOCKS = 512;

  private static final int ACTIVE = 1_500;
  private static final int MOST_BLOCKS_A_TURN = 32;

  /** Number of the session and its blocks, in one long each: {@code session << 16 | blocks}. */
  private final AtomicLongArray active = new AtomicLongArray(ACTIVE);

  private final Random random;
  private long sessions;

  Sessions(Random random) {
    this.random = random;
    for (int i = 0; i < ACTIVE; i++) {
      int blocks = SYSTEM_BLOCKS + 1 + random.nextInt(MOST_BLOCKS - SYSTEM_BLOCKS);
      active.set(i, sessions++ << Short.SIZE | blocks);
    }
  }

  /** One session at one length. */
  record Turn(long session, int blocks) {}

  /** Any session as it stands. */
  Turn any(Random choice) {
    return turn(active.get(choice.nextInt(ACTIVE)));
  }

  /** Any session goes on by a turn, or a fresh one begins. */
  Turn next() {
    int i = random.nextInt(ACTIVE);
    Turn before = turn(active.get(i));
    int blocks = before.blocks + 1 + random.nextInt(MOST_BLOCKS_A_TURN);
    long after =
        blocks <= MOST_BLOCKS
            ? before.session << Short.SIZE | blocks
            : sessions++ << Short.SIZE | (SYSTEM_BLOCKS + 1);
    active.set(i, after);
    return turn(after);
  }

  private static Turn turn(long packed) {
    return new Turn(packed >>> Short.SIZE, (int) packed & 0xFFFF);
  }

  /** Which system prompt a session begins with. */
  static int systemPrompt(long session) {
    return (int) Long.remainderUnsigned(mixed(session), SYSTEM_PROMPTS);
  }

  /** The local hash of block {@code i} of a session. */
  static long localHash(long session, int i) {
    return i < SYSTEM_BLOCKS
        ? mixed(-1L - systemPrompt(session) * (long) SYSTEM_BLOCKS - i)
        : mixed(session * MOST_BLOCKS + i);
  }

  /** The finalizer of SplitMix64: one to one. */
  static long mixed(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
