package dev.warmpath.router.grpc;

import dev.warmpath.v1.LoadReportsGrpc;
import dev.warmpath.v1.ReportLoadReply;
import dev.warmpath.v1.WorkerLoad;
import io.grpc.stub.StreamObserver;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The gRPC service {@code warmpath.v1.LoadReports}. Any thread; no call blocks. */
public final class LoadReportsService extends LoadReportsGrpc.LoadReportsImplBase {
  private final Function<WorkerLoad, @Nullable String> intake;

  /**
   * @param intake takes a message in; returns why it was refused, null when it was not
   */
  public LoadReportsService(Function<WorkerLoad, @Nullable String> intake) {
    this.intake = intake;
  }

  @Override
  public StreamObserver<WorkerLoad> reportLoad(StreamObserver<ReportLoadReply> reply) {
    return new Stream(intake, reply);
  }

  /** One worker's reports. One thread at a time, as gRPC calls it. */
  private static final class Stream implements StreamObserver<WorkerLoad> {
    private final Function<WorkerLoad, @Nullable String> intake;
    private final StreamObserver<ReportLoadReply> reply;
    private final ReportLoadReply.Builder outcome = ReportLoadReply.newBuilder();

    Stream(Function<WorkerLoad, @Nullable String> intake, StreamObserver<ReportLoadReply> reply) {
      this.intake = intake;
      this.reply = reply;
    }

    @Override
    public void onNext(WorkerLoad load) {
      String refusal = intake.apply(load);
      if (refusal == null) {
        outcome.setAccepted(outcome.getAccepted() + 1);
      } else {
        outcome.setRefused(outcome.getRefused() + 1).setLastError(refusal);
      }
    }

    @Override
    public void onError(Throwable cancelled) {
      // What came before the cut is taken; nobody is left to be told.
    }

    @Override
    public void onCompleted() {
      reply.onNext(outcome.build());
      reply.onCompleted();
    }
  }
}
