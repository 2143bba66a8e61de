package dev.warmpath.router.grpc;

import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.TrackReply;
import io.grpc.stub.StreamObserver;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.function.LongPredicate;

/**
 * The reports of one frontend. Bookings that it names and does not end are released when the stream
 * ends, however it ends. One thread at a time, as gRPC calls it.
 */
final class TrackStream implements StreamObserver<LifecycleReport> {
  private static final int FIRST_SWEEP = 1_024;

  private final LifecycleReports reports;
  private final LoadLedger ledger;
  private final LongPredicate cancel;
  private final RouteCounters counters;
  private final StreamObserver<TrackReply> reply;
  private final LongOpenHashSet open = new LongOpenHashSet();
  private int sweepAt = FIRST_SWEEP;
  private boolean ended;
  private long applied;
  private long unknown;

  /**
   * @param cancel ends a booking whose request will not be reported on; false when there is none
   */
  TrackStream(
      LifecycleReports reports,
      LoadLedger ledger,
      LongPredicate cancel,
      RouteCounters counters,
      StreamObserver<TrackReply> reply) {
    this.reports = reports;
    this.ledger = ledger;
    this.cancel = cancel;
    this.counters = counters;
    this.reply = reply;
  }

  @Override
  public void onNext(LifecycleReport report) {
    if (ended) {
      return;
    }
    try {
      if (reports.apply(report)) {
        applied++;
        remember(report);
      } else {
        unknown++;
        open.remove(report.getBookingId());
      }
    } catch (InvalidFieldException e) {
      counters.invalid(e.field());
      release();
      reply.onError(GrpcErrors.invalid(e));
    }
  }

  private void remember(LifecycleReport report) {
    if (LifecycleReports.ends(report)) {
      open.remove(report.getBookingId());
    } else if (open.add(report.getBookingId()) && open.size() >= sweepAt) {
      sweep();
    }
  }

  /** Forgets bookings that ended without this stream: by expiry, target loss or a unary report. */
  private void sweep() {
    open.removeIf(id -> !ledger.isOpen(id));
    sweepAt = Math.max(FIRST_SWEEP, 2 * open.size());
  }

  @Override
  public void onError(Throwable cancelled) {
    release();
  }

  @Override
  public void onCompleted() {
    if (!ended) {
      long released = release();
      reply.onNext(
          TrackReply.newBuilder()
              .setApplied(applied)
              .setUnknown(unknown)
              .setReleased(released)
              .build());
      reply.onCompleted();
    }
  }

  private long release() {
    ended = true;
    long released = open.longStream().filter(cancel).count();
    open.clear();
    counters.releasedByStream(released);
    return released;
  }
}
