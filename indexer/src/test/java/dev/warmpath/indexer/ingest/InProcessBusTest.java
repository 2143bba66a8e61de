package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.testing.TestWorker;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Publishers, bus and index thread in one process. */
class InProcessBusTest {
  @Test
  void theIndexFollowsTheWorkersThoughBatchesGetLost() {
    InProcessBus bus = new InProcessBus();
    Ingest ingest = new Ingest(IngestLimits.DEFAULT, IndexLimits.DEFAULT, bus);
    bus.attach(ingest);
    Random chance = new Random(5);
    EventTransport lossy =
        batch -> {
          if (chance.nextInt(20) > 0) {
            bus.send(batch);
          }
        };
    TestWorker steady = new TestWorker("steady", 1, 1, bus);
    TestWorker lossyWorker = new TestWorker("lossy", 1, 2, lossy);
    bus.register("steady", steady);
    bus.register("lossy", lossyWorker);
    try (IndexThreads thread = new IndexThreads(ingest)) {
      ingest.join(steady.target(0));
      ingest.join(lossyWorker.target(1));
      for (int i = 0; i < 2_000; i++) {
        steady.change(2);
        lossyWorker.change(2);
      }
      await()
          .untilAsserted(() -> {
            steady.heartbeat();
            lossyWorker.heartbeat();
            assertThat(ingest.states().join())
                .extracting(TargetState::stale, TargetState::digest)
                .containsExactlyInAnyOrder(
                    tuple(false, steady.digest()), tuple(false, lossyWorker.digest()));
          });
      assertThat(thread.areAlive()).isTrue();
    }
    assertThat(ingest.counters().failures()).isZero();
    assertThat(ingest.counters().resyncsApplied()).isPositive();
  }

  @Test
  void batchesBeforeAnIngestIsAttachedAreCounted() {
    InProcessBus bus = new InProcessBus();
    new TestWorker("worker", 1, 1, bus).change(1);

    assertThat(bus.dropped()).isEqualTo(1);
  }

  @Test
  void theIndexThreadEndsWhenClosed() {
    Ingest ingest = new Ingest(IngestLimits.DEFAULT, IndexLimits.DEFAULT, (_, _, _) -> true);
    IndexThreads thread = new IndexThreads(ingest);
    thread.close();

    assertThat(thread.areAlive()).isFalse();
  }
}
