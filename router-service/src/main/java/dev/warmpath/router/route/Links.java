package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Worker;
import java.util.List;

/**
 * How fast KV blocks travel between two workers. Immutable.
 *
 * @param near nearest first: workers that share a label have its speed
 * @param farGigabytesPerSecond speed between workers that share none of the labels, above 0; {@link
 *     Double#POSITIVE_INFINITY} when the way costs nothing
 */
public record Links(List<Link> near, double farGigabytesPerSecond) {
  /** The way costs nothing. */
  public static final Links FREE = new Links(List.of(), Double.POSITIVE_INFINITY);

  private static final double BYTES_PER_MILLI_AT_ONE = 1e6;

  public Links {
    near = List.copyOf(near);
    checkSpeed("far_gigabytes_per_second", farGigabytesPerSecond);
  }

  /**
   * Workers with the same value of a label.
   *
   * @param label such as rack or zone
   * @param gigabytesPerSecond 10^9 bytes a second between them, above 0
   */
  public record Link(String label, double gigabytesPerSecond) {
    public Link {
      checkSpeed("gigabytes_per_second", gigabytesPerSecond);
    }
  }

  private static void checkSpeed(String field, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException("%s must be above 0: %s".formatted(field, value));
    }
  }

  /** Whether no way costs anything. */
  public boolean free() {
    return near.isEmpty() && Double.isInfinite(farGigabytesPerSecond);
  }

  /** Time for so many bytes from one worker to another, milliseconds. */
  public double millis(Worker from, Worker to, double bytes) {
    return bytes / (gigabytesPerSecond(from, to) * BYTES_PER_MILLI_AT_ONE);
  }

  private double gigabytesPerSecond(Worker from, Worker to) {
    for (Link link : near) {
      String there = to.labels().get(link.label);
      if (there != null && there.equals(from.labels().get(link.label))) {
        return link.gigabytesPerSecond;
      }
    }
    return farGigabytesPerSecond;
  }
}
