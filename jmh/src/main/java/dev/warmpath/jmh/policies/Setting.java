package dev.warmpath.jmh.policies;

import dev.warmpath.router.replay.EngineSpeed;
import dev.warmpath.router.replay.ReplayFaults;
import dev.warmpath.router.replay.ReplayOptions;
import dev.warmpath.router.replay.Trace;
import java.time.Duration;
import java.util.Locale;

/**
 * One fleet under one load.
 *
 * @param trace name of the trace
 * @param load share of the time that targets would be busy if nothing were cached
 * @param prefillRate tokens/s of a target; 0 for the rate that {@code load} asks for
 * @param workers how many targets
 * @param blocks blocks that each can hold; {@link ReplayOptions#ENDLESS} for all
 * @param fault name of what goes wrong
 * @param faults what goes wrong
 */
record Setting(
    String trace,
    double load,
    double prefillRate,
    int workers,
    int blocks,
    String fault,
    ReplayFaults faults) {
  private static final Duration DECODE_TIME_PER_TOKEN = Duration.ofMillis(20);
  private static final long SEED = 1;

  static Setting faultless(String trace, double load, int workers, int blocks) {
    return new Setting(trace, load, 0, workers, blocks, "none", ReplayFaults.NONE);
  }

  ReplayOptions options(Trace played) {
    double rate = prefillRate > 0 ? prefillRate : ReplayOptions.prefillRate(played, workers, load);
    EngineSpeed speed =
        new EngineSpeed(rate, DECODE_TIME_PER_TOKEN.toNanos(), EngineSpeed.UNLIMITED);
    return new ReplayOptions(workers, 1, blocks, speed, SEED, faults);
  }

  String blocksText() {
    return blocks == ReplayOptions.ENDLESS ? "endless" : String.format(Locale.ROOT, "%,d", blocks);
  }
}
