package dev.warmpath.router.replicas;

import java.time.Duration;

/**
 * Bounds of {@link PeerBookings}.
 *
 * @param maxPeers other routers that are heard at a time; further ones are ignored
 * @param earlyMessages messages of one router that may wait for one before them; when there are
 *     more, its snapshot is asked for
 * @param holeWaitNanos how long they wait before its snapshot is asked for, nanoseconds
 * @param answerWaitNanos how long an answer may take before it is asked for again, nanoseconds
 * @param silenceNanos how long a router may be silent before it counts as dead and its bookings
 *     end, nanoseconds
 */
public record PeerLimits(
    int maxPeers, int earlyMessages, long holeWaitNanos, long answerWaitNanos, long silenceNanos) {
  /** 64 routers, 256 early messages, 20 ms for a hole, 500 ms for an answer, 5 s of silence. */
  public static final PeerLimits DEFAULT =
      new PeerLimits(
          64,
          256,
          Duration.ofMillis(20).toNanos(),
          Duration.ofMillis(500).toNanos(),
          Duration.ofSeconds(5).toNanos());

  public PeerLimits {
    if (maxPeers < 1
        || earlyMessages < 1
        || holeWaitNanos < 0
        || answerWaitNanos < 1
        || silenceNanos < 1) {
      throw new IllegalArgumentException(
          ("limits must be at least 1 (holeWaitNanos 0): maxPeers %d, earlyMessages %d,"
                  + " holeWaitNanos %d, answerWaitNanos %d, silenceNanos %d")
              .formatted(maxPeers, earlyMessages, holeWaitNanos, answerWaitNanos, silenceNanos));
    }
  }
}
