package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Worker;

/**
 * A label that a worker should have.
 *
 * @param name of the label
 * @param value of the label
 * @param weight how much it counts, above 0; see {@link PreferringPolicy}
 */
public record Preference(String name, String value, double weight) {
  /** Highest weight: beyond it a preference hardly weighs more. */
  public static final double MAX_WEIGHT = 10;

  public Preference {
    if (!(weight > 0 && weight <= MAX_WEIGHT)) {
      throw new IllegalArgumentException(
          "weight must be above 0 and at most %s: %s".formatted(MAX_WEIGHT, weight));
    }
  }

  boolean metBy(Worker worker) {
    return value.equals(worker.labels().get(name));
  }
}
