package dev.warmpath.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheTurnoverTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int CAPACITY = 320;

  private final CacheTurnover turnover = new CacheTurnover();

  @Test
  void theOldestBlockIsAsOldAsFillingTheCacheTakes() {
    Target target = target(1);
    for (int second = 0; second < 1_000; second++) {
      turnover.booked(target, 1, second * SECOND);
    }
    assertThat(turnover.oldestAgeNanos(target, 1_000 * SECOND) / SECOND).isBetween(310L, 331L);
  }

  @Test
  void aCacheThatIsNotFullHasNoOldestBlock() {
    Target target = target(1);
    turnover.booked(target, CAPACITY - 1, 0);
    assertThat(turnover.oldestAgeNanos(target, SECOND)).isEqualTo(Long.MAX_VALUE);
    turnover.booked(target, 1, 0);
    assertThat(turnover.oldestAgeNanos(target, SECOND)).isEqualTo(SECOND);
  }

  @Test
  void anotherLifeOfTheWorkerStartsEmpty() {
    turnover.booked(target(1), 2 * CAPACITY, 0);
    assertThat(turnover.oldestAgeNanos(target(2), SECOND)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aWorkerThatDoesNotSayWhatItHoldsHasNoOldestBlock() {
    Target target = new Target(Worker.aggregated("w", "w:1", "m", 16, 1, 1), 0, 0);
    turnover.booked(target, 1_000_000, 0);
    assertThat(turnover.oldestAgeNanos(target, SECOND)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void whatWasUsedIsKeptUntilTheCacheHasBeenStoredAnew() {
    Target target = target(1);
    turnover.booked(target, 10, 0);
    double usedAt = turnover.storedBlocks(target);
    turnover.booked(target, CAPACITY, 0);
    assertThat(turnover.keepsUsedAt(target, usedAt)).isTrue();

    turnover.booked(target, CAPACITY, 0);
    assertThat(turnover.keepsUsedAt(target, usedAt)).isFalse();
    assertThat(turnover.keepsUsedAt(target(2), usedAt)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0, 8", "160, 8", "200, 6", "240, 4", "320, 0", "1000, 0"})
  void ofWhatIsHeldAQueueLeavesLessTheMoreOfTheCacheItStores(int storedBefore, int kept) {
    assertThat(CacheTurnover.keptBlocks(8, CAPACITY, storedBefore)).isEqualTo(kept);
  }

  @Test
  void aCacheOfUnknownSizeKeepsAll() {
    assertThat(CacheTurnover.keptBlocks(8, 0, 1_000_000)).isEqualTo(8);
  }

  private static Target target(long incarnation) {
    Worker worker =
        new Worker(
            "w",
            "w:1",
            "m",
            Role.AGGREGATED,
            16,
            1,
            CAPACITY,
            0,
            0,
            Set.of(),
            Set.of(Tier.DEVICE),
            Map.of(),
            incarnation,
            false,
            false);
    return new Target(worker, 0, 0);
  }
}
