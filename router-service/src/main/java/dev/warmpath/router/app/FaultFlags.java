package dev.warmpath.router.app;

import dev.warmpath.router.replay.ReplayFaults;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Flags for what goes wrong in a replay. */
final class FaultFlags {
  private static final String NEVER = "never";
  private static final long MOST_LAG_MILLIS = ReplayFaults.NEVER.toMillis();

  @Option(
      names = "--event-lag",
      paramLabel = "MS",
      defaultValue = "0",
      description = "How late a router hears of changes in the caches, milliseconds.")
  private long eventLagMillis;

  @Option(
      names = "--lost-events",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "Share of the changes that no router ever hears of; nothing repairs it.")
  private double lostEventShare;

  @Option(
      names = "--restarts",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "Share of the workers whose caches become empty in the middle of the trace.")
  private double restartShare;

  @Option(
      names = "--slow-worker",
      description = "The first worker computes prompts at half the speed of the others.")
  private boolean slowWorker;

  @Option(
      names = "--routers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Routers that take requests in turn.")
  private int routers;

  @Option(
      names = "--sync-lag",
      paramLabel = "MS",
      defaultValue = "0",
      description = "How late routers hear of one another's bookings, milliseconds, or never.")
  private String syncLag = "0";

  /**
   * What goes wrong.
   *
   * @throws IllegalArgumentException naming the flag and the value that does not fit
   */
  ReplayFaults faults() {
    Flags.checkAtLeast("--event-lag", eventLagMillis, 0);
    Flags.checkAtMost("--event-lag", eventLagMillis, MOST_LAG_MILLIS);
    Flags.checkShare("--lost-events", lostEventShare);
    Flags.checkShare("--restarts", restartShare);
    Flags.checkAtLeast("--routers", routers, 1);
    return new ReplayFaults(
        Duration.ofMillis(eventLagMillis),
        lostEventShare,
        restartShare,
        slowWorker,
        routers,
        syncLag());
  }

  private Duration syncLag() {
    if (syncLag.equals(NEVER)) {
      return ReplayFaults.NEVER;
    }
    try {
      long millis = Long.parseLong(syncLag);
      Flags.checkAtLeast("--sync-lag", millis, 0);
      Flags.checkAtMost("--sync-lag", millis, MOST_LAG_MILLIS);
      return Duration.ofMillis(millis);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--sync-lag must be milliseconds or never, was " + syncLag, e);
    }
  }
}
