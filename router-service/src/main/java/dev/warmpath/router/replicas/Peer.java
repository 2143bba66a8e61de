package dev.warmpath.router.replicas;

import dev.warmpath.router.replicas.PeerMessage.Changes;
import dev.warmpath.router.replicas.PeerMessage.Digest;
import dev.warmpath.router.replicas.PeerMessage.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The order of what one other router says: which message is next, what is missing, and repair. One
 * thread at a time.
 */
final class Peer {
  /*
   * In step: `next` is the number of the message that comes next; later ones wait in `early`. Out of
   * step: only a snapshot helps; messages wait all the same, since those after the snapshot's number
   * follow it. A router that is heard of for the first time is in step only if nothing was said.
   */
  private final PeerLimits limits;
  private final PeerCounters counters;
  private final Mirror mirror;
  private final TreeMap<Long, Changes> early = new TreeMap<>();
  private boolean inStep;
  private long next = 1;
  private boolean behind;
  private long behindSinceNanos;
  private boolean asked;
  private long askedNanos;
  private long heardNanos;
  private @Nullable Assembly assembly;

  Peer(PeerLimits limits, PeerCounters counters, Mirror mirror, long nowNanos) {
    this.limits = limits;
    this.counters = counters;
    this.mirror = mirror;
    this.heardNanos = nowNanos;
    fallOutOfStep(nowNanos);
  }

  Mirror mirror() {
    return mirror;
  }

  boolean isSilent(long nowNanos) {
    return nowNanos - heardNanos >= limits.silenceNanos();
  }

  void heard(long nowNanos) {
    heardNanos = nowNanos;
  }

  void take(Changes message, long nowNanos) {
    if (!inStep && message.number() == 1) {
      startAtTheBeginning();
    }
    if (inStep && message.number() < next) {
      counters.duplicates.increment();
    } else if (inStep && message.number() == next) {
      apply(message, nowNanos);
      applyEarly(nowNanos);
    } else {
      wait(message, nowNanos);
    }
  }

  /** Whoever hears the first message of a router, and nothing later before, has missed nothing. */
  private void startAtTheBeginning() {
    if (next == 1 && assembly == null) {
      stepIn();
    }
  }

  private void wait(Changes message, long nowNanos) {
    if (early.size() >= limits.earlyMessages() && !early.containsKey(message.number())) {
      fallOutOfStep(nowNanos);
      early.pollFirstEntry();
    }
    if (early.put(message.number(), message) == null) {
      counters.early.increment();
    }
    fallBehind(nowNanos);
  }

  private void apply(Changes message, long nowNanos) {
    message.changes().forEach(change -> mirror.apply(change, nowNanos));
    counters.changes.add(message.changes().size());
    next = message.number() + 1;
  }

  private void applyEarly(long nowNanos) {
    early.headMap(next).clear();
    while (!early.isEmpty() && early.firstKey() == next) {
      apply(early.pollFirstEntry().getValue(), nowNanos);
    }
    behind = false;
    if (!early.isEmpty()) {
      fallBehind(nowNanos);
    }
  }

  void take(Digest digest, long nowNanos) {
    mirror.revisit();
    if (!inStep && digest.number() == 0) {
      startAtTheBeginning();
    }
    if (digest.number() >= next) {
      fallBehind(nowNanos);
    } else if (inStep && digest.number() == next - 1 && !mirror.agreesWith(digest)) {
      counters.divergences.increment();
      fallOutOfStep(nowNanos);
    }
  }

  void take(Snapshot part, long nowNanos) {
    if (inStep && part.number() < next - 1) {
      counters.duplicates.increment();
      return;
    }
    Assembly current = assembly;
    if (current == null || !current.hasRoomFor(part)) {
      if (current != null && part.number() < current.number) {
        counters.duplicates.increment();
        return;
      }
      current = new Assembly(part.number(), part.parts());
      assembly = current;
    }
    if (current.isCompletedBy(part)) {
      assembly = null;
      if (!inStep || current.number >= next) {
        replace(current, nowNanos);
      }
    }
  }

  private void replace(Assembly complete, long nowNanos) {
    mirror.replaceBy(complete.bookings(), nowNanos);
    counters.repairs.increment();
    next = complete.number + 1;
    stepIn();
    applyEarly(nowNanos);
  }

  private void stepIn() {
    inStep = true;
    behind = false;
    asked = false;
  }

  private void fallOutOfStep(long nowNanos) {
    inStep = false;
    fallBehind(nowNanos);
  }

  private void fallBehind(long nowNanos) {
    if (!behind) {
      behind = true;
      behindSinceNanos = nowNanos;
    }
  }

  /** Whether the router's snapshot is to be asked for at this moment. */
  boolean isQuestionDue(long nowNanos) {
    boolean missing = behind && nowNanos - behindSinceNanos >= limits.holeWaitNanos();
    boolean answerIsLate = !asked || nowNanos - askedNanos >= limits.answerWaitNanos();
    if (missing && answerIsLate) {
      asked = true;
      askedNanos = nowNanos;
      counters.questions.increment();
      return true;
    }
    return false;
  }

  /** The parts of one snapshot. */
  private static final class Assembly {
    private final long number;
    private final @Nullable Snapshot[] parts;
    private int missing;

    Assembly(long number, int parts) {
      this.number = number;
      this.parts = new Snapshot[parts];
      this.missing = parts;
    }

    boolean hasRoomFor(Snapshot part) {
      return part.number() == number && part.parts() == parts.length;
    }

    boolean isCompletedBy(Snapshot part) {
      if (parts[part.part()] == null) {
        parts[part.part()] = part;
        missing--;
      }
      return missing == 0;
    }

    List<OpenBooking> bookings() {
      List<OpenBooking> bookings = new ArrayList<>();
      for (Snapshot part : parts) {
        if (part != null) {
          bookings.addAll(part.bookings());
        }
      }
      return bookings;
    }
  }
}
