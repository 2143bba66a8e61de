package dev.warmpath.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.router.fleet.ActivePrefixes.Run;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class ActivePrefixesTest {
  private final ActivePrefixes prefixes = new ActivePrefixes();

  @Test
  void leadingBlocksInCommonCountOnce() {
    add(1, 2, 3, 4);
    add(1, 2, 9);
    assertThat(prefixes.blocks()).isEqualTo(5);
  }

  @Test
  void equalBlocksBehindDifferentOnesAreDifferent() {
    add(1, 7, 8);
    add(2, 7, 8);
    assertThat(prefixes.blocks()).isEqualTo(6);
  }

  @Test
  void aPromptMayEndInsideAnother() {
    Run longer = add(1, 2, 3, 4);
    Run shorter = add(1, 2);
    assertThat(prefixes.blocks()).isEqualTo(4);
    prefixes.remove(longer);
    assertThat(prefixes.blocks()).isEqualTo(2);
    prefixes.remove(shorter);
    assertThat(prefixes.blocks()).isZero();
  }

  @Test
  void theSamePromptTwiceCountsUntilBothAreGone() {
    Run one = add(1, 2, 3);
    Run other = add(1, 2, 3);
    prefixes.remove(one);
    assertThat(prefixes.blocks()).isEqualTo(3);
    prefixes.remove(other);
    assertThat(prefixes.blocks()).isZero();
  }

  @Test
  void aPromptWithoutBlocksCountsNone() {
    Run none = add();
    assertThat(prefixes.prompts()).isOne();
    prefixes.remove(none);
    assertThat(prefixes.prompts()).isZero();
  }

  @Test
  void whatTheCallerDoesWithItsArrayLaterDoesNotMatter() {
    long[] hashes = {1, 2, 3};
    prefixes.add(hashes, 3);
    Arrays.fill(hashes, 9);
    add(1, 2, 3);
    assertThat(prefixes.blocks()).isEqualTo(3);
  }

  @Test
  void randomPromptsCountAsASetOfTheirPrefixesDoes() {
    long seed = Long.getLong("tests.seed", ThreadLocalRandom.current().nextLong());
    SplittableRandom random = new SplittableRandom(seed);
    List<long[]> active = new ArrayList<>();
    List<Run> ends = new ArrayList<>();
    for (int step = 0; step < 3_000; step++) {
      boolean draining = step % 300 > 200;
      if (ends.isEmpty() || random.nextInt(10) < (draining ? 1 : 6)) {
        long[] prompt = random.longs(random.nextInt(9), 0, 3).toArray();
        active.add(prompt);
        ends.add(prefixes.add(prompt, prompt.length));
      } else {
        int which = random.nextInt(ends.size());
        active.remove(which);
        prefixes.remove(ends.remove(which));
      }
      assertThat(prefixes.blocks())
          .as("step %d, tests.seed=%d", step, seed)
          .isEqualTo(distinct(active));
      assertThat(prefixes.prompts()).isEqualTo(active.size());
      long[] asked = random.longs(random.nextInt(9), 0, 3).toArray();
      assertThat(prefixes.shared(asked, asked.length))
          .as("step %d, tests.seed=%d", step, seed)
          .isEqualTo(shared(active, asked));
    }
    ends.forEach(prefixes::remove);
    assertThat(prefixes.blocks()).as("tests.seed=%d", seed).isZero();
    assertThat(prefixes.prompts()).isZero();
  }

  private static int shared(List<long[]> prompts, long[] asked) {
    int most = 0;
    for (long[] prompt : prompts) {
      int differs = Arrays.mismatch(prompt, asked);
      most = Math.max(most, differs < 0 ? asked.length : differs);
    }
    return most;
  }

  private static long distinct(List<long[]> prompts) {
    Set<String> leading = new HashSet<>();
    for (long[] prompt : prompts) {
      for (int blocks = 1; blocks <= prompt.length; blocks++) {
        leading.add(Arrays.toString(Arrays.copyOf(prompt, blocks)));
      }
    }
    return leading.size();
  }

  private Run add(long... hashes) {
    return prefixes.add(hashes, hashes.length);
  }
}
