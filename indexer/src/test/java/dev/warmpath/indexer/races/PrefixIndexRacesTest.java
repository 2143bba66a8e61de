package dev.warmpath.indexer.races;

import dev.warmpath.indexer.testing.RaceRun;
import org.junit.jupiter.api.Test;

class PrefixIndexRacesTest {
  /** Comparing is slow, so that the writer can overtake a reader in the middle of a run. */
  private static final String JVM_ARGS =
      "-Xmx512m -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions"
          + " -XX:-UseVectorizedMismatchIntrinsic -XX:CompileCommand=quiet"
          + " -XX:CompileCommand=exclude,jdk.internal.util.ArraysSupport::vectorizedMismatch"
          + " -XX:CompileCommand=exclude,jdk.internal.util.ArraysSupport::mismatch";

  @Test
  void noRaceHasAForbiddenOutcome() throws Exception {
    RaceRun.check(PrefixIndexRaces.class, JVM_ARGS);
  }
}
