package dev.warmpath.router.route;

import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.SlotLessons;
import java.time.Duration;

/**
 * The time of a prompt token on each candidate, see {@link PromptPace}, kept from decision to
 * decision. Reused; one thread at a time.
 */
final class Paces {
  /*
   * A pace is a mean over many first tokens, and reading what hundreds of targets have taught takes
   * as long as the rest of a decision. So what was read stays for FRESH_NANOS while the targets are
   * the same and only a few lessons more have come.
   */
  private static final long FRESH_NANOS = Duration.ofMillis(10).toNanos();

  /** One lesson more for so many that there were is a few. */
  private static final int FEW = 8;

  private final LoadLedger ledger;
  private final SlotLessons lessons = new SlotLessons();
  private double[] millisPerToken = new double[0];
  private double mean;
  private long lessonsRead;
  private long workersRead;
  private long readNanos;

  Paces(LoadLedger ledger) {
    this.ledger = ledger;
  }

  /** Comes to tell of these targets at this time. */
  void show(WorkerFigures workers, long nowNanos) {
    long taught = ledger.lessons();
    if (workersRead != workers.version() || (taught != lessonsRead && isStale(taught, nowNanos))) {
      lessonsRead = taught;
      workersRead = workers.version();
      readNanos = nowNanos;
      read(workers);
    }
  }

  private boolean isStale(long taught, long nowNanos) {
    return nowNanos - readNanos >= FRESH_NANOS || taught - lessonsRead > lessonsRead / FEW;
  }

  private void read(WorkerFigures workers) {
    int size = workers.size();
    if (millisPerToken.length < size) {
      millisPerToken = new double[size];
    }
    ledger.readLessons(workers.slots(), size, lessons);
    double fixedTokens = lessons.fixedTokens();
    double sum = 0;
    int known = 0;
    for (int i = 0; i < size; i++) {
      millisPerToken[i] = PromptPace.millisPerToken(workers, lessons, i, fixedTokens);
      sum += millisPerToken[i];
      known += millisPerToken[i] > 0 ? 1 : 0;
    }
    mean = known == 0 ? 0 : sum / known;
  }

  /** Of a candidate, milliseconds; 0 when it is not known. */
  double millisPerToken(int index) {
    return millisPerToken[index];
  }

  /** The mean where it is known, milliseconds; 0 when it is nowhere. */
  double meanMillisPerToken() {
    return mean;
  }
}
