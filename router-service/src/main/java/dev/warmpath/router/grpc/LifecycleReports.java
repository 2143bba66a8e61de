package dev.warmpath.router.grpc;

import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.v1.LifecycleReport;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/** Lifecycle reports as changes of the ledger. Any thread; never blocks. */
final class LifecycleReports {
  private final LoadLedger ledger;
  private final LongPredicate cancel;
  private final LongSupplier nowNanos;
  private final RouteCounters counters;

  /**
   * @param cancel ends a booking whose request failed; false when there is none
   */
  LifecycleReports(
      LoadLedger ledger, LongPredicate cancel, LongSupplier nowNanos, RouteCounters counters) {
    this.ledger = ledger;
    this.cancel = cancel;
    this.nowNanos = nowNanos;
    this.counters = counters;
  }

  /**
   * Applies a report.
   *
   * @return false when there is no such booking
   */
  boolean apply(LifecycleReport report) throws InvalidFieldException {
    boolean known = applyKind(report);
    counters.reported(known);
    return known;
  }

  private boolean applyKind(LifecycleReport report) throws InvalidFieldException {
    long id = report.getBookingId();
    return switch (report.getKindCase()) {
      case ATTACHED -> ledger.touch(id, nowNanos.getAsLong());
      case FIRST_TOKEN -> {
        checkFirstToken(report);
        yield ledger.firstToken(id, nowNanos.getAsLong());
      }
      case PROGRESS -> {
        int tokens =
            Fields.checkTokens("progress.output_tokens", report.getProgress().getOutputTokens());
        yield ledger.progress(id, tokens, nowNanos.getAsLong());
      }
      case FINISHED -> {
        Fields.checkTokens("finished.output_tokens", report.getFinished().getOutputTokens());
        yield ledger.finish(id, nowNanos.getAsLong());
      }
      case FAILED -> {
        String reason = report.getFailed().getReason();
        Fields.checkLength("failed.reason", reason, Fields.MAX_NAME_LENGTH);
        boolean open = cancel.test(id);
        if (open) {
          counters.bookingFailed();
        }
        yield open;
      }
      case KIND_NOT_SET ->
          throw new InvalidFieldException("kind", "none", "must be one that is known, is");
    };
  }

  private static void checkFirstToken(LifecycleReport report) throws InvalidFieldException {
    double ttftMs = report.getFirstToken().getTtftMs();
    if (!(ttftMs >= 0) || Double.isInfinite(ttftMs)) {
      throw new InvalidFieldException("first_token.ttft_ms", ttftMs, "must be 0 or more");
    }
    Fields.checkTokens("first_token.cached_tokens", report.getFirstToken().getCachedTokens());
  }

  /** Whether a report ends its booking. */
  static boolean ends(LifecycleReport report) {
    return switch (report.getKindCase()) {
      case FINISHED, FAILED -> true;
      case ATTACHED, FIRST_TOKEN, PROGRESS, KIND_NOT_SET -> false;
    };
  }
}
