package dev.warmpath.router.replicas;

import java.util.concurrent.atomic.LongAdder;

/** What was heard of other routers. Any thread. */
public final class PeerCounters {
  final LongAdder changes = new LongAdder();
  final LongAdder duplicates = new LongAdder();
  final LongAdder early = new LongAdder();
  final LongAdder questions = new LongAdder();
  final LongAdder repairs = new LongAdder();
  final LongAdder divergences = new LongAdder();
  final LongAdder deaths = new LongAdder();
  final LongAdder ignored = new LongAdder();
  final LongAdder unplaced = new LongAdder();

  /** Changes that were applied. */
  public long changes() {
    return changes.sum();
  }

  /** Messages whose changes had been applied before. */
  public long duplicates() {
    return duplicates.sum();
  }

  /** Messages that waited for one before them. */
  public long early() {
    return early.sum();
  }

  /** Snapshots asked for, repetitions included. */
  public long questions() {
    return questions.sum();
  }

  /** Snapshots that replaced what was known of a router. */
  public long repairs() {
    return repairs.sum();
  }

  /** Digests that differed from what was known though no message was missing. */
  public long divergences() {
    return divergences.sum();
  }

  /** Routers that fell silent; their bookings ended. */
  public long deaths() {
    return deaths.sum();
  }

  /** Messages of routers beyond the limit. */
  public long ignored() {
    return ignored.sum();
  }

  /** Times that a booking could not be placed: its target does not serve here, or no room. */
  public long unplaced() {
    return unplaced.sum();
  }
}
