package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.worker;
import static dev.warmpath.router.grpc.LiveRouter.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.warmpath.v1.Attached;
import dev.warmpath.v1.Finished;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.Progress;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.TrackReply;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrackStreamTest {
  private final CompletableFuture<TrackReply> answer = new CompletableFuture<>();
  private LiveRouter live;
  private ManagedChannel frontend;
  private StreamObserver<LifecycleReport> track;

  @BeforeEach
  void start() throws Exception {
    live = new LiveRouter(100_000, worker("w1"));
    frontend = LiveRouter.channel(live.server.port());
    track = RouterGrpc.newStub(frontend).track(new Answer(answer));
  }

  @AfterEach
  void stop() throws Exception {
    frontend.shutdownNow();
    live.close();
  }

  @Test
  void halfClosingReleasesWhatIsStillOpenAndCountsAllReports() throws Exception {
    long done = book();
    long open = book();
    long elsewhere = book();
    track.onNext(of(done).setProgress(Progress.newBuilder().setOutputTokens(3)).build());
    track.onNext(of(done).setFinished(Finished.getDefaultInstance()).build());
    track.onNext(attached(open));
    track.onNext(attached(12_345));
    track.onCompleted();

    TrackReply reply = answer.get(10, TimeUnit.SECONDS);
    assertThat(reply.getApplied()).isEqualTo(3);
    assertThat(reply.getUnknown()).isOne();
    assertThat(reply.getReleased()).isOne();
    assertThat(live.ledger.isOpen(elsewhere)).isTrue();
    assertThat(live.ledger.openBookings()).isOne();
    assertThat(live.service.counters().releasedByStream()).isOne();
  }

  @Test
  void cancellingReleasesWhatWasNamed() {
    name(book(), book());
    track.onError(Status.CANCELLED.asRuntimeException());
    await().until(() -> live.ledger.openBookings() == 0);
  }

  @Test
  void aFrontendThatDiesReleasesWhatItNamed() {
    name(book(), book());
    frontend.shutdownNow();
    await().until(() -> live.ledger.openBookings() == 0);
    assertThat(live.ledger.bookedRequests(0)).isZero();
  }

  @Test
  void anInvalidReportEndsTheStreamAndReleasesWhatWasNamed() {
    name(book());
    track.onNext(of(1).setProgress(Progress.newBuilder().setOutputTokens(-1)).build());

    assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS))
        .hasMessageContaining("progress.output_tokens must be 4194304 at most: 4294967295");
    assertThat(live.ledger.openBookings()).isZero();
  }

  @Test
  void bookingsThatEndElsewhereAreForgottenNotReleasedAgain() throws Exception {
    for (int i = 1; i <= 3_000; i++) {
      long id = book();
      track.onNext(attached(id));
      if (i % 1_000 == 0) {
        int named = i;
        await().until(() -> live.service.counters().reportsApplied() == named);
        live.ledger.releaseSlot(0, 0);
      }
    }
    track.onCompleted();
    assertThat(answer.get(10, TimeUnit.SECONDS).getReleased()).isZero();
  }

  private long book() {
    return RouterGrpc.newBlockingStub(live.channel).route(request(64)).getBookingId();
  }

  private void name(long... bookings) {
    for (long booking : bookings) {
      track.onNext(attached(booking));
    }
    await().until(() -> live.service.counters().reportsApplied() == bookings.length);
  }

  private static LifecycleReport attached(long bookingId) {
    return of(bookingId).setAttached(Attached.getDefaultInstance()).build();
  }

  private static LifecycleReport.Builder of(long bookingId) {
    return LifecycleReport.newBuilder().setBookingId(bookingId);
  }

  private record Answer(CompletableFuture<TrackReply> future)
      implements StreamObserver<TrackReply> {
    @Override
    public void onNext(TrackReply reply) {
      future.complete(reply);
    }

    @Override
    public void onError(Throwable t) {
      future.completeExceptionally(t);
    }

    @Override
    public void onCompleted() {}
  }
}
