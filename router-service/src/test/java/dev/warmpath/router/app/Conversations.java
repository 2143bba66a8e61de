package dev.warmpath.router.app;

import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceRequest;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Short conversations that share one system prompt and grow turn by turn, evenly in time. */
final class Conversations {
  static final int BLOCK_SIZE = 64;

  private static final int OPEN = 400;
  private static final int MAX_BLOCKS = 40;
  private static final int OUTPUT_TOKENS = 20;

  private Conversations() {}

  /** A trace; the seed decides who speaks when and how much. */
  static Trace trace(int requests, double requestsPerSecond, long seed) {
    SplittableRandom chance = new SplittableRandom(seed);
    long gapNanos = Math.round(Duration.ofSeconds(1).toNanos() / requestsPerSecond);
    LongArrayList[] open = new LongArrayList[OPEN];
    List<TraceRequest> made = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      int which = chance.nextInt(OPEN);
      if (open[which] == null || open[which].size() > MAX_BLOCKS) {
        open[which] = LongArrayList.of(1, 2);
      }
      for (int more = 1 + chance.nextInt(8); more > 0; more--) {
        open[which].add(chance.nextLong());
      }
      Prompt prompt =
          new Prompt(open[which].size() * BLOCK_SIZE + 7, withTail(open[which], chance.nextLong()));
      made.add(new TraceRequest(i * gapNanos, prompt, OUTPUT_TOKENS));
    }
    return new Trace(BLOCK_SIZE, made);
  }

  /** The whole blocks and a partial last one. */
  private static long[] withTail(LongArrayList blocks, long tail) {
    LongArrayList all = new LongArrayList(blocks);
    all.add(tail);
    return all.toLongArray();
  }
}
