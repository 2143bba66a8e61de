package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CeilingsTest {
  @Test
  void countsLeadingBlocksSeenBefore() {
    Trace trace = trace(Prompts.of(1, 2), Prompts.of(1, 3), Prompts.of(1, 2, 3), Prompts.of(2));

    assertThat(Ceilings.of(trace, 100).endless()).isEqualTo(3.0 / 8);
  }

  @Test
  void forgetsTheLeastRecentlyUsedInThePool() {
    Trace trace = trace(Prompts.of(1), Prompts.of(2), Prompts.of(3), Prompts.of(1), Prompts.of(3));

    assertThat(Ceilings.of(trace, 2)).isEqualTo(new Ceilings(2.0 / 5, 1.0 / 5));
  }

  @Test
  void agreeWithNaiveTwinsOnRandomTraces() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      Trace trace =
          trace(random.ints(300).mapToObj(_ -> Prompts.random(random, 8)).toArray(Prompt[]::new));
      int pooled = 1 + random.nextInt(60);

      assertThat(Ceilings.of(trace, pooled))
          .as("seed %d", seed)
          .isEqualTo(new Ceilings(naiveEndless(trace), naivePooled(trace, pooled)));
    }
  }

  private static double naiveEndless(Trace trace) {
    Set<List<Long>> seen = new HashSet<>();
    long hits = 0;
    for (TraceRequest request : trace.requests()) {
      List<Long> path = Arrays.stream(request.prompt().localHashes()).boxed().toList();
      for (int length = 1; length <= path.size(); length++) {
        hits += seen.add(path.subList(0, length)) ? 0 : 1;
      }
    }
    return (double) hits / trace.blocks();
  }

  private static double naivePooled(Trace trace, int capacity) {
    NaiveCache cache = new NaiveCache(capacity);
    long hits = trace.requests().stream().mapToLong(request -> cache.use(request.prompt())).sum();
    return (double) hits / trace.blocks();
  }

  private static Trace trace(Prompt... prompts) {
    List<TraceRequest> requests = new ArrayList<>();
    for (Prompt prompt : prompts) {
      requests.add(new TraceRequest(0, prompt, 1));
    }
    return new Trace(Prompts.BLOCK_SIZE, requests);
  }
}
