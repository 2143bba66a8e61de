package dev.warmpath.router.admin;

import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What membership tells about itself.
 *
 * @param refusals by reason, how often something was refused
 * @param lists full listings of the fleet
 * @param failures times that the source was lost
 * @param connected whether the source answers
 * @param inState how long {@code connected} has been what it is
 * @param sinceChange how long ago the fleet changed last
 */
public record DiscoverySource(
    Map<String, LongSupplier> refusals,
    LongSupplier lists,
    LongSupplier failures,
    BooleanSupplier connected,
    Supplier<Duration> inState,
    Supplier<Duration> sinceChange) {
  public DiscoverySource {
    refusals = Map.copyOf(refusals);
  }
}
