package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rejected tables do what the one of the index does. */
class BlockTableTest {
  private static final int ROUNDS = 5_000;

  static Stream<BlockTable> everyTableEqualsAMapUnderRandomChanges() {
    return Stream.of(BlockTable.ofPlaces(), new OneBucketTable(), new ProbingTable());
  }

  @ParameterizedTest
  @MethodSource
  void everyTableEqualsAMapUnderRandomChanges(BlockTable table) {
    Random random = new Random(3);
    long[] pool = random.longs(700).toArray();
    Map<Long, Long> map = new HashMap<>();
    for (int round = 1; round <= ROUNDS; round++) {
      long[] some = random.ints(20, 0, pool.length).distinct().mapToLong(i -> pool[i]).toArray();
      if (random.nextInt(5) < 3) {
        long[] fresh = Arrays.stream(some).filter(hash -> !map.containsKey(hash)).toArray();
        table.putRun(fresh, 0, fresh.length, round);
        for (int i = 0; i < fresh.length; i++) {
          map.put(fresh[i], (long) round + i);
        }
      } else {
        long[] expected =
            Arrays.stream(some)
                .map(hash -> {
                  Long place = map.remove(hash);
                  return place == null ? 0 : place;
                })
                .toArray();
        long[] found = new long[some.length];
        table.removeAll(some, 0, some.length, found);
        assertThat(found).as("round %d", round).isEqualTo(expected);
      }
    }
  }
}
