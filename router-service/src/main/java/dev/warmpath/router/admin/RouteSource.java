package dev.warmpath.router.admin;

import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the request path counts.
 *
 * @param bookedByPolicy by policy, requests that were placed and booked
 * @param othersByOutcome by outcome such as unknown_model, requests that were not
 * @param invalidByField by field, requests and reports refused for it; a bounded set of fields
 * @param exclusions by filter, targets left out in requests for which no target was left
 * @param promptBlocks blocks in the prompts of booked requests
 * @param overlapBlocks of them, those that the chosen target held
 * @param reportsApplied lifecycle reports on open bookings
 * @param reportsUnknown lifecycle reports on bookings that do not exist
 * @param bookingsFailed bookings that ended because a report said that the request failed
 * @param releasedByStream bookings that ended because their stream did
 */
public record RouteSource(
    Map<String, LongSupplier> bookedByPolicy,
    Map<String, LongSupplier> othersByOutcome,
    Supplier<Map<String, Long>> invalidByField,
    Supplier<Map<String, Long>> exclusions,
    LongSupplier promptBlocks,
    LongSupplier overlapBlocks,
    LongSupplier reportsApplied,
    LongSupplier reportsUnknown,
    LongSupplier bookingsFailed,
    LongSupplier releasedByStream) {
  public RouteSource {
    bookedByPolicy = Map.copyOf(bookedByPolicy);
    othersByOutcome = Map.copyOf(othersByOutcome);
  }
}
