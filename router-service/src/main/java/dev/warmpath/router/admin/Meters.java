package dev.warmpath.router.admin;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** Registers meters that read what others count. */
final class Meters {
  private Meters() {}

  /** A counter; {@code tags} are names and values in turn. */
  static void counter(
      MeterRegistry registry, String name, String description, LongSupplier count, String... tags) {
    // Meters hold the object that they read weakly; the registry is one that lasts.
    FunctionCounter.builder(name, registry, _ -> count.getAsLong())
        .description(description)
        .tags(tags)
        .register(registry);
  }

  /** A gauge; {@code tags} are names and values in turn. */
  static void gauge(
      MeterRegistry registry,
      String name,
      String description,
      DoubleSupplier value,
      String... tags) {
    Gauge.builder(name, value, DoubleSupplier::getAsDouble)
        .strongReference(true)
        .description(description)
        .tags(tags)
        .register(registry);
  }
}
