package dev.warmpath.router.workersim;

import com.google.protobuf.ByteString;
import dev.warmpath.router.replay.TraceRequest;
import dev.warmpath.v1.Attached;
import dev.warmpath.v1.Failed;
import dev.warmpath.v1.Finished;
import dev.warmpath.v1.FirstToken;
import dev.warmpath.v1.GenerateReply;
import dev.warmpath.v1.GenerateRequest;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.Progress;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc.RouterBlockingStub;
import dev.warmpath.v1.RouterGrpc.RouterStub;
import dev.warmpath.v1.SimulatedWorkerGrpc;
import dev.warmpath.v1.TrackReply;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One request of a {@link TraceFrontend}, from its arrival to its last token. One thread. */
final class RequestRun {
  private static final long ROUTE_TIMEOUT_SECONDS = 10;
  private static final long GENERATE_TIMEOUT_SECONDS = 600;

  private final RouterBlockingStub router;
  private final RouterStub reports;
  private final Function<String, Channel> workers;
  private final EngineClock clock;
  private final FrontendOptions options;
  private final TraceRequest request;
  private final ByteString tokens;

  private String workerId = "";
  private int rank;
  private int cachedTokens;
  private long ttftNanos;

  RequestRun(
      RouterBlockingStub router,
      RouterStub reports,
      Function<String, Channel> workers,
      EngineClock clock,
      FrontendOptions options,
      TraceRequest request,
      int blockSize) {
    this.router = router;
    this.reports = reports;
    this.workers = workers;
    this.clock = clock;
    this.options = options;
    this.request = request;
    this.tokens = PromptTokens.of(request.prompt(), blockSize);
  }

  /** Routes and generates, again after a failure, until the answer is there or time is up. */
  LiveRequest call(long arrivalNanos) throws InterruptedException {
    long giveUpNanos = System.nanoTime() + options.retryFor().toNanos();
    for (int attempts = 1; ; attempts++) {
      try {
        attempt(arrivalNanos);
        return ended(true, attempts, "");
      } catch (StatusRuntimeException e) {
        if (System.nanoTime() - giveUpNanos >= 0) {
          return ended(false, attempts, e.getStatus().toString());
        }
        Thread.sleep(options.retryPause());
      }
    }
  }

  private LiveRequest ended(boolean answered, int attempts, String lastError) {
    return new LiveRequest(
        workerId,
        rank,
        answered,
        attempts,
        request.prompt().tokens(),
        answered ? cachedTokens : 0,
        ttftNanos,
        lastError);
  }

  private void attempt(long arrivalNanos) {
    RouteReply route =
        router
            .withDeadlineAfter(ROUTE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .route(
                RouteRequest.newBuilder()
                    .setModel(options.model())
                    .setPolicy(options.policy())
                    .setTokenIds(tokens)
                    .setExpectedOutputTokens(outputTokens())
                    .build());
    workerId = route.getTarget().getWorkerId();
    rank = route.getTarget().getRank();
    StreamObserver<LifecycleReport> track = reports.track(new IgnoredReply());
    track.onNext(report(route).setAttached(Attached.getDefaultInstance()).build());
    try {
      generate(route, track, arrivalNanos);
      track.onCompleted();
    } catch (StatusRuntimeException e) {
      String reason = e.getStatus().getCode().name();
      track.onNext(report(route).setFailed(Failed.newBuilder().setReason(reason)).build());
      track.onCompleted();
      throw e;
    }
  }

  private void generate(
      RouteReply route, StreamObserver<LifecycleReport> track, long arrivalNanos) {
    Iterator<GenerateReply> replies =
        SimulatedWorkerGrpc.newBlockingStub(workers.apply(route.getTarget().getAddress()))
            .withDeadlineAfter(GENERATE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .generate(
                GenerateRequest.newBuilder()
                    .setRank(rank)
                    .setTokenIds(tokens)
                    .setOutputTokens(outputTokens())
                    .build());
    boolean first = true;
    boolean finished = false;
    while (replies.hasNext()) {
      GenerateReply reply = replies.next();
      finished = reply.getFinished();
      if (first) {
        ttftNanos = clock.nowNanos() - arrivalNanos;
        cachedTokens = reply.getCachedTokens();
      }
      track.onNext(asReport(route, reply, first).build());
      first = false;
    }
    if (!finished) {
      throw Status.UNAVAILABLE
          .withDescription("the worker ended the answer before its last token")
          .asRuntimeException();
    }
  }

  private LifecycleReport.Builder asReport(RouteReply route, GenerateReply reply, boolean first) {
    LifecycleReport.Builder report = report(route);
    if (reply.getFinished()) {
      return report.setFinished(Finished.newBuilder().setOutputTokens(reply.getOutputTokens()));
    }
    if (first) {
      return report.setFirstToken(
          FirstToken.newBuilder()
              .setTtftMs(ttftNanos / 1e6)
              .setCachedTokens(reply.getCachedTokens()));
    }
    return report.setProgress(Progress.newBuilder().setOutputTokens(reply.getOutputTokens()));
  }

  private static LifecycleReport.Builder report(RouteReply route) {
    return LifecycleReport.newBuilder().setBookingId(route.getBookingId());
  }

  private int outputTokens() {
    return Math.max(1, request.outputTokens());
  }

  /**
   * Reports are told, not discussed: the router's summary at the end of the stream says nothing
   * new.
   */
  private static final class IgnoredReply implements StreamObserver<TrackReply> {
    @Override
    public void onNext(TrackReply reply) {}

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }
}
