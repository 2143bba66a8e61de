package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Worker;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IndexBoundsTest {
  @Test
  void aRankMayHaveTwiceItsDeviceBlocksAndSomeInFlight() {
    assertThat(IndexBounds.blocksPerRank(worker(10_000))).isEqualTo(24_096);
    assertThat(IndexBounds.blocksPerRank(worker(10_000, Tier.DEVICE))).isEqualTo(24_096);
  }

  @Test
  void slowerTiersThatAWorkerDeclaresMakeItsBoundLarger() {
    assertThat(IndexBounds.blocksPerRank(worker(10_000, Tier.DEVICE, Tier.HOST)))
        .isEqualTo(184_096);
    assertThat(IndexBounds.blocksPerRank(worker(10_000, Tier.HOST, Tier.DISK))).isEqualTo(824_096);
    assertThat(IndexBounds.blocksPerRank(worker(10_000, Tier.values()))).isEqualTo(1_464_096);
  }

  @Test
  void aWorkerThatDoesNotSayHasTheBoundOfTheLimits() {
    assertThat(IndexBounds.blocksPerRank(worker(0, Tier.values()))).isZero();
    assertThat(IndexBounds.standard().limits().blocksPerTarget()).isEqualTo(4_194_304);
  }

  @Test
  void noWorkerMayHaveMoreThanATableCanName() {
    assertThat(IndexBounds.blocksPerRank(worker(Long.MAX_VALUE, Tier.values())))
        .isEqualTo(IndexLimits.MOST_BLOCKS_PER_TARGET);
  }

  private static Worker worker(long kvBlocksPerRank, Tier... tiers) {
    return new Worker(
        "w",
        "w:1",
        "m",
        Role.AGGREGATED,
        16,
        1,
        kvBlocksPerRank,
        0,
        0,
        Set.of(),
        Set.of(tiers),
        Map.of(),
        1,
        false,
        false);
  }
}
