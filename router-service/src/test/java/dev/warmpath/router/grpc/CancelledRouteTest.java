package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.v1.RouteReply;
import io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CancelledRouteTest {
  @Test
  void aCallerThatGoesBeforeItHasTheAnswerLeavesNoBooking() throws Exception {
    try (LiveRouter live = new LiveRouter(10, worker("w1"))) {
      Call call = new Call();
      live.service.route(LiveRouter.request(64), call);
      assertThat(live.ledger.openBookings()).isOne();

      requireNonNull(call.onCancel).run();
      assertThat(live.ledger.openBookings()).isZero();
    }
  }

  /** A call whose caller goes when the test says so. */
  private static final class Call extends ServerCallStreamObserver<RouteReply> {
    private @Nullable Runnable onCancel;

    @Override
    public void setOnCancelHandler(Runnable handler) {
      onCancel = handler;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setCompression(String compression) {}

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void onNext(RouteReply reply) {}

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {}
  }
}
