package dev.warmpath.indexer.block;

import static org.assertj.core.api.Assertions.assertThat;

import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Xxh3Test {
  @Test
  void hashesOfEveryLengthAreTheLibrarys() {
    for (long seed : new long[] {0, BlockSeed.BASE, -1, BlockSeed.of("adapter", "")}) {
      Random random = new Random(seed);
      byte[] bytes = new byte[Xxh3.LONGEST + 8];
      random.nextBytes(bytes);
      Xxh3 xxh3 = new Xxh3(seed);
      for (int length = Xxh3.SHORTEST; length <= Xxh3.LONGEST; length++) {
        int at = random.nextInt(8);
        assertThat(xxh3.hash(bytes, at, length))
            .as("length %d, seed %d", length, seed)
            .isEqualTo(Hashing.xxh3_64(seed).hashBytesToLong(bytes, at, length));
      }
    }
  }
}
