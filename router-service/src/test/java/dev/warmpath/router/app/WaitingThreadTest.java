package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WaitingThreadTest {
  @Test
  void waitingRequestsAreServedAgainAndAgainThoughOneTimeFails() {
    AtomicInteger served = new AtomicInteger();
    try (WaitingThread thread =
        new WaitingThread(() -> {
          if (served.incrementAndGet() == 1) {
            throw new IllegalStateException("the first time fails");
          }
        })) {
      thread.wake();
      await().untilAsserted(() -> assertThat(served).hasValueGreaterThan(2));
    }
  }
}
