package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class RecentBlocksTest {
  private static final int ROUNDS = 5_000;

  /** Few hashes, so that they come again, and close ones, so that they collide in the table. */
  private static final int HASHES = 600;

  @Test
  void doesWhatAListOfHashesDoes() {
    for (int seed = 0; seed < 4; seed++) {
      Random random = new Random(seed);
      RecentBlocks blocks = new RecentBlocks();
      List<Long> twin = new ArrayList<>();
      int limit = 3 + 150 * seed;
      for (int round = 0; round < ROUNDS; round++) {
        long hash = random.nextInt(HASHES);
        int entry = blocks.find(hash);
        assertThat(entry != RecentBlocks.NONE)
            .as("seed %d, round %d: %d is held", seed, round, hash)
            .isEqualTo(twin.contains(hash));
        if (entry == RecentBlocks.NONE) {
          add(blocks, twin, hash, random);
        } else {
          move(blocks, twin, entry, random);
        }
        while (twin.size() > limit) {
          long[] removed = new long[1 + random.nextInt(twin.size() - limit)];
          blocks.removeOldest(removed);
          for (long oldest : removed) {
            assertThat(oldest).as("seed %d", seed).isEqualTo(twin.removeLast());
          }
        }
        assertThat(blocks.size()).isEqualTo(twin.size());
        if (round % 100 == 0) {
          assertThat(hashes(blocks)).as("seed %d, round %d", seed, round).isEqualTo(twin);
        }
      }
    }
  }

  private static void add(RecentBlocks blocks, List<Long> twin, long hash, Random random) {
    int place = twin.isEmpty() ? 0 : random.nextInt(twin.size());
    int behind = place == 0 ? RecentBlocks.NONE : blocks.find(twin.get(place - 1));
    int entry = blocks.add(hash, -hash, behind, behind);
    twin.add(place, hash);
    assertThat(blocks.find(hash)).isEqualTo(entry);
    assertThat(blocks.localHash(entry)).isEqualTo(-hash);
    assertThat(blocks.parent(entry)).isEqualTo(behind);
  }

  private static void move(RecentBlocks blocks, List<Long> twin, int first, Random random) {
    int from = twin.indexOf(blocks.sequenceHash(first));
    int to = Math.min(twin.size(), from + 1 + random.nextInt(5));
    blocks.moveToFront(first, blocks.find(twin.get(to - 1)));
    List<Long> moved = new ArrayList<>(twin.subList(from, to));
    twin.removeAll(moved);
    twin.addAll(0, moved);
  }

  @Test
  void isEmptyAfterItIsCleared() {
    RecentBlocks blocks = new RecentBlocks();
    for (long hash = 0; hash < 1_000; hash++) {
      blocks.add(hash, hash, RecentBlocks.NONE, RecentBlocks.NONE);
    }
    blocks.clear();

    assertThat(blocks.size()).isZero();
    assertThat(blocks.newest()).isEqualTo(RecentBlocks.NONE);
    assertThat(blocks.find(7)).isEqualTo(RecentBlocks.NONE);
  }

  @Test
  void aRunBecomesTheNewest() {
    RecentBlocks blocks = new RecentBlocks();
    int first = blocks.add(1, -1, RecentBlocks.NONE, RecentBlocks.NONE);
    long[] hashes = LongStream.range(0, 500).toArray();
    blocks.addRun(hashes, hashes, 2, 500, first);

    List<Long> expected = new ArrayList<>(LongStream.range(2, 500).boxed().toList());
    expected.add(1L);
    assertThat(hashes(blocks)).isEqualTo(expected);
    assertThat(blocks.parent(blocks.find(2))).isEqualTo(first);
    assertThat(blocks.parent(blocks.find(499))).isEqualTo(blocks.find(498));
    assertThat(blocks.localHash(blocks.find(7))).isEqualTo(7);
    assertThatThrownBy(() -> blocks.addRun(hashes, hashes, 0, 5, RecentBlocks.NONE))
        .hasMessageContaining("1 is here already");
  }

  @Test
  void noMoreAreRemovedThanThereAre() {
    RecentBlocks blocks = new RecentBlocks();
    blocks.add(1, 1, RecentBlocks.NONE, RecentBlocks.NONE);

    assertThatThrownBy(() -> blocks.removeOldest(new long[2]))
        .hasMessage("of 1 blocks 2 cannot be removed");
  }

  private static List<Long> hashes(RecentBlocks blocks) {
    List<Long> all = new ArrayList<>();
    for (int entry = blocks.newest(); entry != RecentBlocks.NONE; entry = blocks.older(entry)) {
      all.add(blocks.sequenceHash(entry));
    }
    return all;
  }
}
