package dev.warmpath.router.replicas;

import java.util.List;

/** What one router says to the others. */
public sealed interface PeerMessage {
  /** The router that says it: chosen at random in each of its lives, never 0. */
  long from();

  /**
   * Changes, in the order in which they happened.
   *
   * @param number 1 for a router's first message of changes, and one more with each
   */
  record Changes(long from, long number, List<BookingChange> changes) implements PeerMessage {
    public Changes {
      changes = List.copyOf(changes);
    }
  }

  /**
   * A sign of life, by which losses are noticed.
   *
   * @param number of the last message of changes; 0 before the first
   * @param open bookings that are open
   * @param digest of those bookings
   */
  record Digest(long from, long number, int open, long digest) implements PeerMessage {}

  /**
   * All open bookings of a router, in parts.
   *
   * @param number of the last message of changes that they have in them
   * @param part from 0
   * @param parts how many there are, at least 1
   */
  record Snapshot(long from, long number, int part, int parts, List<OpenBooking> bookings)
      implements PeerMessage {
    public Snapshot {
      bookings = List.copyOf(bookings);
    }
  }

  /**
   * Asks a router for its snapshot.
   *
   * @param about the router that is asked
   */
  record Question(long from, long about) implements PeerMessage {}
}
