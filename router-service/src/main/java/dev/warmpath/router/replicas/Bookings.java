package dev.warmpath.router.replicas;

import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The open bookings of one router, with a digest of them all. One thread at a time. */
final class Bookings {
  private final Long2ObjectOpenHashMap<OpenBooking> open = new Long2ObjectOpenHashMap<>();
  private long digest;

  int size() {
    return open.size();
  }

  /** Equal for equal bookings, whatever was done to get there. */
  long digest() {
    return digest;
  }

  Collection<OpenBooking> all() {
    return open.values();
  }

  @Nullable OpenBooking get(long id) {
    return open.get(id);
  }

  void put(OpenBooking booking) {
    remove(booking.id());
    open.put(booking.id(), booking);
    digest += booking.digest();
  }

  @Nullable OpenBooking remove(long id) {
    OpenBooking removed = open.remove(id);
    if (removed != null) {
      digest -= removed.digest();
    }
    return removed;
  }
}
