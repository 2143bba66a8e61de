package dev.warmpath.router.replay.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrefixIdsTest {
  @Test
  void countsWhatASetWouldCountHoweverIdsAreSpread() {
    long[] spreads = {1, 1_000, 1L << 40, -1};
    for (long seed = 1; seed <= 40; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long spread = spreads[(int) (seed % spreads.length)];
      PrefixIds ids = new PrefixIds();
      Set<Long> seen = new HashSet<>();
      long known = 0;
      for (int prompt = 0; prompt < 300; prompt++) {
        LongArrayList path = new LongArrayList();
        long node = 1L + random.nextInt(3);
        for (int depth = 0; depth < 12; depth++) {
          path.add(node * spread - (spread < 0 ? 3 : 0));
          node = node * 4 + random.nextInt(2);
        }
        for (long id : path) {
          known += seen.add(id) ? 0 : 1;
        }
        ids.add(path);
      }

      assertThat(ids.distinctBlocks()).as("seed %d", seed).isEqualTo(seen.size());
      assertThat(ids.seenBlocks()).as("seed %d", seed).isEqualTo(known);
      assertThat(ids.blocks()).isEqualTo(300 * 12);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, -2, -3, 0, 1, 4, Integer.MAX_VALUE, 1L << 40, Long.MIN_VALUE})
  void anIdThatLedAPromptFollowsNoOther(long parent) {
    for (long id : new long[] {5, 1L << 41, -7}) {
      PrefixIds leads = new PrefixIds();
      leads.add(LongArrayList.of(id));
      PrefixIds follows = new PrefixIds();
      follows.add(LongArrayList.of(parent, id));

      assertThatThrownBy(() -> leads.add(LongArrayList.of(parent, id)))
          .hasMessageContaining("hash_ids[1] %d follows %d here and nothing before", id, parent);
      assertThatThrownBy(() -> follows.add(LongArrayList.of(id)))
          .hasMessageContaining("hash_ids[0] %d follows nothing here and %d before", id, parent);
      follows.add(LongArrayList.of(parent, id));
      assertThat(follows.distinctBlocks()).isEqualTo(2);
      assertThat(follows.seenBlocks()).isEqualTo(2);
    }
  }

  @Test
  void aContradictionIsRefusedAsAWhole() {
    PrefixIds ids = new PrefixIds();
    ids.add(LongArrayList.of(1, 2));

    assertThatThrownBy(() -> ids.add(LongArrayList.of(1, 9, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hash_ids[2] 2 follows 9 here and 1 before");
    assertThat(ids.distinctBlocks()).isEqualTo(2);
  }
}
