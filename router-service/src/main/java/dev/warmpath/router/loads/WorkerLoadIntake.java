package dev.warmpath.router.loads;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.LoadReport;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.v1.RankLoad;
import dev.warmpath.v1.WorkerLoad;
import java.util.BitSet;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks what workers say of their load and hands it to the ledger, whichever way it came. Any
 * thread; never blocks.
 */
public final class WorkerLoadIntake {
  private static final long MAX_REQUESTS = 1_000_000;
  private static final long MAX_AMOUNT = 1L << 40;

  private final Supplier<Fleet> fleet;
  private final LoadLedger ledger;
  private final LongSupplier nowNanos;
  private final LongAdder taken = new LongAdder();
  private final LongAdder malformed = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private final LongAdder old = new LongAdder();

  /**
   * @param fleet who serves
   * @param nowNanos the time
   */
  public WorkerLoadIntake(Supplier<Fleet> fleet, LoadLedger ledger, LongSupplier nowNanos) {
    this.fleet = fleet;
    this.ledger = ledger;
    this.nowNanos = nowNanos;
  }

  /** Reports of ranks that were taken in. */
  public long taken() {
    return taken.sum();
  }

  /** Messages refused for a field. */
  public long malformed() {
    return malformed.sum();
  }

  /** Messages of workers, or of lives of workers, that do not serve. */
  public long unknown() {
    return unknown.sum();
  }

  /** Reports of ranks that are not later than the one before. */
  public long old() {
    return old.sum();
  }

  /** Takes a message in as NATS brings it; what is refused is counted. */
  public void take(byte[] payload) {
    try {
      take(WorkerLoad.parseFrom(payload));
    } catch (InvalidProtocolBufferException _) {
      malformed.increment();
    }
  }

  /**
   * Takes a message in.
   *
   * @return why it was refused, in whole or for one of its ranks; null when it was not
   */
  public @Nullable String take(WorkerLoad load) {
    String wrong = wrongField(load);
    if (wrong != null) {
      malformed.increment();
      return wrong;
    }
    Fleet serving = fleet.get();
    String refusal = null;
    for (RankLoad rank : load.getRanksList()) {
      Target target = serving.target(new TargetId(load.getWorkerId(), rank.getRank()));
      if (target == null || !isLifeOf(target.worker(), load.getIncarnation())) {
        unknown.increment();
        return "no such target: %s/%d in life %s"
            .formatted(
                load.getWorkerId(), rank.getRank(), Long.toUnsignedString(load.getIncarnation()));
      }
      if (ledger.report(target.slot(), report(load, rank), nowNanos.getAsLong())) {
        taken.increment();
      } else {
        old.increment();
        refusal = "time_unix_nanos %d is not later than before".formatted(load.getTimeUnixNanos());
      }
    }
    return refusal;
  }

  private static boolean isLifeOf(Worker worker, long incarnation) {
    return worker.incarnation() == 0 || worker.incarnation() == incarnation;
  }

  private static LoadReport report(WorkerLoad load, RankLoad rank) {
    return new LoadReport(
        rank.getRunning(),
        rank.getWaiting(),
        rank.getKvBlocksUsed(),
        rank.hasQueuedPrefillTokens() ? rank.getQueuedPrefillTokens() : LoadReport.UNKNOWN,
        load.getTimeUnixNanos());
  }

  private static @Nullable String wrongField(WorkerLoad load) {
    if (load.getWorkerId().isEmpty() || load.getWorkerId().length() > Worker.MAX_NAME_LENGTH) {
      return "worker_id must have 1 to %d characters, has %d"
          .formatted(Worker.MAX_NAME_LENGTH, load.getWorkerId().length());
    }
    if (load.getIncarnation() == 0) {
      return "incarnation must not be 0";
    }
    if (load.getTimeUnixNanos() <= 0) {
      return "time_unix_nanos must be above 0: " + load.getTimeUnixNanos();
    }
    if (load.getRanksCount() < 1 || load.getRanksCount() > Worker.MAX_RANKS) {
      return "ranks must be 1 to %d, are %d".formatted(Worker.MAX_RANKS, load.getRanksCount());
    }
    BitSet seen = new BitSet();
    for (RankLoad rank : load.getRanksList()) {
      String wrong = wrongField(rank, seen);
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  private static @Nullable String wrongField(RankLoad rank, BitSet seen) {
    int number = rank.getRank();
    if (number < 0 || number >= Worker.MAX_RANKS || seen.get(number)) {
      return "ranks.rank must be 0 to %d, each once: %s"
          .formatted(Worker.MAX_RANKS - 1, Integer.toUnsignedString(number));
    }
    seen.set(number);
    String wrong = outOfRange("running", Integer.toUnsignedLong(rank.getRunning()), MAX_REQUESTS);
    if (wrong == null) {
      wrong = outOfRange("waiting", Integer.toUnsignedLong(rank.getWaiting()), MAX_REQUESTS);
    }
    if (wrong == null) {
      wrong = outOfRange("kv_blocks_used", rank.getKvBlocksUsed(), MAX_AMOUNT);
    }
    if (wrong == null) {
      wrong = outOfRange("queued_prefill_tokens", rank.getQueuedPrefillTokens(), MAX_AMOUNT);
    }
    return wrong;
  }

  private static @Nullable String outOfRange(String field, long value, long most) {
    return value >= 0 && value <= most
        ? null
        : "ranks.%s must be %d at most: %s".formatted(field, most, Long.toUnsignedString(value));
  }
}
