package dev.warmpath.router.fleet;

import dev.warmpath.indexer.testing.RaceRun;
import org.junit.jupiter.api.Test;

class SlotFiguresRacesTest {
  @Test
  void noRaceHasAForbiddenOutcome() throws Exception {
    RaceRun.check(SlotFiguresRaces.class, "-Xmx512m -XX:+UseSerialGC");
  }
}
