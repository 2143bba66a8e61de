package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table beside a hash map, under random changes. */
class PlacesTest {
  private static final int ROUNDS = 20_000;
  private static final int MOST = 40;

  private final Places places = new Places();
  private final Map<Long, Long> map = new HashMap<>();
  private long nextPlace = 1;

  @ParameterizedTest
  @ValueSource(ints = {10, 50, 300, 5_000})
  void placesAreThoseOfTheMap(int hashes) {
    long seed = hashes;
    Random random = new Random(seed);
    changeAtRandom(random.longs(hashes).toArray(), random, seed);
  }

  /** Hashes of one bucket: more than can be counted in it find it full. */
  @ParameterizedTest
  @ValueSource(ints = {10, 50, 600})
  void hashesOfOneBucketAreFoundAsWell(int hashes) {
    long seed = hashes;
    long[] ofFirstBucket = new long[hashes];
    Arrays.setAll(ofFirstBucket, i -> unmixed((long) i << Integer.SIZE));
    changeAtRandom(ofFirstBucket, new Random(seed), seed);
  }

  @Test
  void roomThatIsFarFromNeededIsGivenBack() {
    long[] hashes = new Random(1).longs(1_000).toArray();
    places.putRun(hashes, 0, hashes.length, 1);
    long full = places.bytes();
    places.shrink();
    assertThat(places.bytes()).isEqualTo(full);
    places.removeAll(hashes, 0, 900, new long[900]);
    assertThat(places.bytes()).isEqualTo(full);

    places.shrink();
    assertThat(places.bytes()).isLessThan(full / 3);
    for (int i = 900; i < hashes.length; i++) {
      assertThat(places.get(hashes[i])).isEqualTo(1 + i);
    }
  }

  private void changeAtRandom(long[] pool, Random random, long seed) {
    for (int round = 0; round < ROUNDS; round++) {
      long[] some = new long[1 + random.nextInt(MOST)];
      Arrays.setAll(some, _ -> pool[random.nextInt(pool.length)]);
      String when = "seed %d, round %d".formatted(seed, round);
      switch (random.nextInt(5)) {
        case 0 -> add(some, when);
        case 1 -> addOne(some[0]);
        case 2 -> remove(some, when);
        case 3 -> places.shrink();
        default -> assertThat(places.remove(some[0])).as(when).isEqualTo(removed(some[0]));
      }
      assertThat(places.size()).as(when).isEqualTo(map.size());
      assertThat(places.get(some[0])).as(when).isEqualTo(map.getOrDefault(some[0], 0L));
    }
    Map<Long, Long> all = new HashMap<>();
    places.forEachEngineHash(hash -> all.put(hash, places.get(hash)));
    assertThat(all).as("seed %d", seed).isEqualTo(map);
  }

  private void add(long[] hashes, String when) {
    int from = hashes.length / 3;
    int expected = 0;
    while (from + expected < hashes.length && !map.containsKey(hashes[from + expected])) {
      map.put(hashes[from + expected], nextPlace + expected);
      expected++;
    }
    int added = places.putRun(hashes, from, hashes.length - from, nextPlace);
    assertThat(added).as(when).isEqualTo(expected);
    nextPlace += hashes.length;
  }

  private void addOne(long hash) {
    if (map.putIfAbsent(hash, nextPlace) == null) {
      places.put(hash, nextPlace);
      nextPlace++;
    }
  }

  private void remove(long[] hashes, String when) {
    int from = hashes.length / 3;
    long[] expected = Arrays.stream(hashes).skip(from).map(this::removed).toArray();
    long[] found = new long[hashes.length - from];
    places.removeAll(hashes, from, hashes.length, found);
    assertThat(found).as(when).isEqualTo(expected);
  }

  private long removed(long hash) {
    Long place = map.remove(hash);
    return place == null ? 0 : place;
  }

  /** The hash that is mixed to {@code mixed}. */
  private static long unmixed(long mixed) {
    long inverse = 1;
    for (int bits = 1; bits < Long.SIZE; bits *= 2) {
      inverse *= 2 - 0x9E3779B97F4A7C15L * inverse;
    }
    long folded = mixed * inverse;
    return folded ^ (folded >>> Integer.SIZE);
  }
}
