package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.worker;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CancelledRouteTest {
  @Test
  void aCallerThatGoesBeforeItHasTheAnswerLeavesNoBooking() throws Exception {
    try (LiveRouter live = new LiveRouter(10, worker("w1"))) {
      HeldCall call = new HeldCall();
      live.service.route(LiveRouter.request(64), call);
      assertThat(live.ledger.openBookings()).isOne();

      call.cancel();
      assertThat(live.ledger.openBookings()).isZero();
    }
  }
}
