package dev.warmpath.router.fleet;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "w\u00e9", "a.b", "a\n"})
  void anIdWithOtherCharactersIsRefusedByName(String id) {
    assertThatThrownBy(() -> Workers.worker(id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("worker_id");
  }

  @Test
  void anIdOf256CharactersIsTheLongest() {
    assertThatCode(() -> Worker.aggregated("a".repeat(256), "a:1", "m", 16, 1, 1))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Worker.aggregated("a".repeat(257), "a:1", "m", 16, 1, 1))
        .hasMessageContaining("has 257");
  }

  @ParameterizedTest
  @CsvSource({"0, 1, block_size", "65537, 1, block_size", "16, 0, ranks", "16, 1025, ranks"})
  void aShapeOutOfRangeIsRefusedByName(int blockSize, int ranks, String field) {
    assertThatThrownBy(() -> Worker.aggregated("w", "a:1", "m", blockSize, ranks, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(field);
  }

  @Test
  void anEmptyModelOrAddressIsRefused() {
    assertThatThrownBy(() -> Worker.aggregated("w", "a:1", "", 16, 1, 1))
        .hasMessageContaining("model");
    assertThatThrownBy(() -> Worker.aggregated("w", "", "m", 16, 1, 1))
        .hasMessageContaining("address");
  }

  @Test
  void aNegativeCapacityIsRefused() {
    Worker fine = Workers.worker("w");
    assertThatThrownBy(() ->
            new Worker(
                "w",
                "a:1",
                "m",
                Role.DECODE,
                16,
                1,
                -1,
                0,
                0,
                fine.loraNames(),
                fine.tiers(),
                Map.of(),
                1,
                false,
                false))
        .hasMessageContaining("kv_blocks_per_rank must be 0 to");
  }
}
