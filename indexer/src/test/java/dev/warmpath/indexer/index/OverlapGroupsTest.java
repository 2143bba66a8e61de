package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.testing.RandomStreams;
import dev.warmpath.indexer.testing.Step;
import java.util.BitSet;
import java.util.Collections;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups of slots with one overlap, against the overlap of each slot. */
class OverlapGroupsTest {
  private final OverlapGroups groups = new OverlapGroups();

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void groupsSayWhatTheOverlapsOfTheSlotsSay(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      int slots = random.nextInt(300);
      int longest = 1 + random.nextInt(round % 2 == 0 ? 4 : 9_000);
      int[] overlapOf = random.ints(slots, 0, longest + 1).toArray();
      groups.fill(overlapOf, slots);
      assertThat(byOverlap(groups)).as("seed %d, round %d", seed, round).isEqualTo(twin(overlapOf));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void groupsOfAMatchSayWhatItsDepthsSayOnEachTier(long seed) {
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    Overlaps overlaps = new Overlaps();
    Random random = new Random(seed);
    int found = 0;
    for (Step step : RandomStreams.steps(seed, 800)) {
      if (step instanceof Step.Apply(int slot, KvEvent event, long nowNanos)) {
        index.apply(slot, event, nowNanos);
      }
      long[] prompt = RandomStreams.prompt(random);
      index.match(prompt, prompt.length, overlaps);
      for (Tier tier : Tier.values()) {
        int[] depths = new int[overlaps.slotLimit()];
        for (int slot = 0; slot < depths.length; slot++) {
          depths[slot] = overlaps.blocks(slot, tier);
        }
        OverlapGroups ofTier = overlaps.groups(tier);
        assertThat(byOverlap(ofTier)).as("seed %d, %s", seed, tier).isEqualTo(twin(depths));
        found += ofTier.size();
      }
    }
    assertThat(found).isPositive();
  }

  @Test
  void aSlotIsInTheGroupOfItsOverlapAlone() {
    int[] overlapOf = new int[200];
    overlapOf[3] = 7;
    overlapOf[130] = 7;
    overlapOf[131] = 2;
    groups.fill(overlapOf, 200);

    assertThat(groups.size()).isEqualTo(2);
    assertThat(groups.blocks(0)).isEqualTo(7);
    assertThat(groups.contains(0, 3)).isTrue();
    assertThat(groups.contains(0, 130)).isTrue();
    assertThat(groups.contains(0, 131)).isFalse();
    assertThat(groups.contains(0, 67)).isFalse();
    assertThat(groups.contains(1, 131)).isTrue();
    assertThat(groups.firstPiece(2)).as("pieces without a slot are left out").isEqualTo(3);
  }

  private static Map<Integer, BitSet> twin(int[] overlapOf) {
    Map<Integer, BitSet> twin = new TreeMap<>(Collections.reverseOrder());
    for (int slot = 0; slot < overlapOf.length; slot++) {
      if (overlapOf[slot] > 0) {
        twin.computeIfAbsent(overlapOf[slot], _ -> new BitSet()).set(slot);
      }
    }
    return twin;
  }

  /** The groups as a map; checks that they are in order and that no piece is empty. */
  private static Map<Integer, BitSet> byOverlap(OverlapGroups groups) {
    Map<Integer, BitSet> found = new TreeMap<>(Collections.reverseOrder());
    for (int group = 0; group < groups.size(); group++) {
      BitSet slots = new BitSet();
      for (int piece = groups.firstPiece(group); piece < groups.firstPiece(group + 1); piece++) {
        assertThat(groups.bits(piece)).isNotZero();
        for (long left = groups.bits(piece); left != 0; left &= left - 1) {
          slots.set(Long.SIZE * groups.word(piece) + Long.numberOfTrailingZeros(left));
        }
      }
      assertThat(group == 0 || groups.blocks(group) < groups.blocks(group - 1)).isTrue();
      found.put(groups.blocks(group), slots);
    }
    return found;
  }
}
