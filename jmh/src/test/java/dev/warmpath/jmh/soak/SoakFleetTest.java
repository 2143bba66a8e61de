package dev.warmpath.jmh.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.testing.Step;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class SoakFleetTest {
  private static final double HOLE_RATE = 0.02;

  @Test
  void indexThatHearsEverythingIsRight() {
    assertThat(wrongOverlaps(_ -> true)).isZero();
  }

  @Test
  void indexThatMissesHolesIsFound() {
    assertThat(wrongOverlaps(step -> !isHole(step))).isPositive();
  }

  @Test
  void indexThatMissesRestartsIsFound() {
    assertThat(wrongOverlaps(step -> !(step instanceof Step.Release))).isPositive();
  }

  private static boolean isHole(Step step) {
    return step instanceof Step.Apply(int _, KvEvent.Removed removed, long _)
        && removed.engineHashes().length == 1;
  }

  /** After so many turns that blocks are evicted, and some restarts. */
  private static int wrongOverlaps(Predicate<Step> heard) {
    Random random = new Random(1);
    SoakFleet fleet = new SoakFleet(new Sessions(random), HOLE_RATE, random);
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    for (int turn = 0; turn < 12_000; turn++) {
      fleet.turn();
      if (turn % 1_000 == 999) {
        fleet.restart();
      }
    }
    for (Step step : fleet.takeSteps()) {
      if (heard.test(step)) {
        switch (step) {
          case Step.Apply(int slot, KvEvent event, long now) -> index.apply(slot, event, now);
          case Step.Release(int slot, long _) -> index.release(slot);
          case Step.Expire(int slot, long now) -> index.tidy(slot, now);
        }
      }
    }
    return fleet.wrongOverlaps(index, 200);
  }
}
