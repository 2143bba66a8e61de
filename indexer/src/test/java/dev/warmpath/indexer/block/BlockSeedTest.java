package dev.warmpath.indexer.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BlockSeedTest {
  @Test
  void theHashIsDynamos() {
    byte[] text = "test data".getBytes(StandardCharsets.UTF_8);
    assertThat(Hashing.xxh3_64(BlockSeed.BASE).hashBytesToLong(text))
        .isEqualTo(Long.parseUnsignedLong("13226331709069118873"));
  }

  @Test
  void emptyNamesAreNoNames() {
    assertThat(BlockSeed.of("", "")).isEqualTo(1337L);
  }

  @Test
  void aSaltIsNoLora() {
    assertThat(Long.toUnsignedString(BlockSeed.of("x", ""))).isEqualTo("16929150178197426762");
    assertThat(Long.toUnsignedString(BlockSeed.of("", "x"))).isEqualTo("12345335563672368301");
  }

  @Test
  void loraAndSaltDoNotCommute() {
    assertThat(BlockSeed.of("a", "b")).isNotEqualTo(BlockSeed.of("b", "a"));
  }

  @Test
  void multimodalObjectIsHashedByName() {
    assertThat(Long.toUnsignedString(BlockSeed.multimodalObject("img-1")))
        .isEqualTo("14770383865288705413");
  }

  @Test
  void multimodalHexIdIsItsFirstSixteenDigits() {
    String id = "fedcba9876543210" + "0".repeat(48);
    assertThat(BlockSeed.multimodalObject(id)).isEqualTo(0xfedcba9876543210L);
    assertThat(BlockSeed.multimodalObject("z" + id.substring(1))).isNotEqualTo(0xfedcba9876543210L);
  }

  @Test
  void emptyMultimodalIdIsRefused() {
    assertThatThrownBy(() -> BlockSeed.multimodalObject(""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
