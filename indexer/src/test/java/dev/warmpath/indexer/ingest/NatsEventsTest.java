package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.testing.TestWorker;
import dev.warmpath.v1.ResyncRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Events and contents reach an ingest over NATS. */
class NatsEventsTest extends NatsScenario {
  @Test
  void eventsArriveAndTheDigestsAreEqual() throws IOException {
    Worker one = worker("one");
    Worker two = worker("two");
    Router router = new Router();
    router.join(one, two);
    for (int i = 0; i < 500; i++) {
      one.cache.change(3);
      two.cache.change(2);
    }
    router.awaitEqual(one, two);

    await().until(() -> one.transport.confirmed() == one.transport.sent());
    assertThat(router.ingest.counters().bufferedBatches()).as("all came in order").isZero();
    assertThat(one.transport.dropped()).isZero();
    assertThat(one.transport.failed()).isZero();
    assertThat(router.ingest.counters().subjectMismatches()).isZero();
    assertThat(router.consumer.position()).isGreaterThanOrEqualTo(1_000);
  }

  @Test
  void lostBatchesAreRepaired() throws IOException {
    Random chance = new Random(4);
    Worker worker = new Worker("lossy", 1, _ -> chance.nextInt(20) > 0);
    Router router = new Router();
    router.join(worker);
    router.awaitEqual(worker);
    for (int i = 0; i < 1_000; i++) {
      worker.cache.change(2);
    }
    router.awaitEqual(worker);

    assertThat(router.ingest.counters().resyncsApplied()).isPositive();
    assertThat(worker.responder.answered()).isPositive();
  }

  @Test
  void anIngestThatStartsLateCatchesUp() throws IOException {
    Worker worker = worker("early");
    for (int i = 0; i < 300; i++) {
      worker.cache.change(3);
    }
    Router router = new Router();
    router.join(worker);
    router.awaitEqual(worker);
  }

  @Test
  void aWorkerThatJoinsAfterItsEventsCameIsAskedForItsContent() throws IOException {
    Worker worker = worker("late");
    Router router = new Router();
    worker.cache.change(500);
    await().until(() -> router.ingest.counters().unknownTargets() > 0);
    router.join(worker);
    router.awaitEqual(worker);

    assertThat(router.ingest.counters().resyncsApplied()).isEqualTo(1);
  }

  @Test
  void aWorkerThatDoesNotAnswerIsAskedAgain() throws IOException {
    Router router = new Router();
    IndexedTarget absent =
        new IndexedTarget(
            0, new TargetId("slow-starter", 0), TestWorker.MODEL, TestWorker.BLOCK_SIZE, false, 1);
    router.ingest.join(absent);
    await().until(() -> router.ingest.counters().resyncsFailed() >= 2);
    assertThat(router.ingest.isStale(0)).isTrue();

    Worker worker = worker("slow-starter");
    await().until(() -> !router.ingest.isStale(0));
    assertThat(worker.responder.answered()).isEqualTo(1);
  }

  @Test
  void anotherClusterIsNotHeard() throws IOException {
    NatsLink elsewhere = opened(NatsLink.connect(NatsSettings.of(server.url(), "west", "worker")));
    NatsEventTransport transport = new NatsEventTransport(elsewhere);
    new TestWorker("one", 1, 1, transport).change(5);
    Worker worker = worker("one");
    Router router = new Router();
    router.join(worker);
    worker.cache.change(5);
    router.awaitEqual(worker);
    long heard = router.consumer.position();
    new TestWorker("two", 1, 1, transport).change(5);

    assertThat(router.ingest.counters().subjectMismatches()).isZero();
    await()
        .during(Duration.ofMillis(2_500))
        .atMost(PATIENCE)
        .until(() ->
            router.consumer.position() == heard
                && router.ingest.counters().consumerRestarts() == 0);
  }

  @Test
  void aRestartedWorkerIsFollowed() throws IOException {
    Worker first = worker("phoenix");
    Router router = new Router();
    router.join(first);
    first.cache.change(50);
    router.awaitEqual(first);
    first.responder.close();
    router.ingest.leave(first.cache.target(0), () -> {});
    Worker second = new Worker("phoenix", 2, _ -> true);
    second.cache.change(40);
    router.join(second);
    router.awaitEqual(second);
  }

  @Test
  void resyncRequestsForTheWrongRankOrLifeAreRefusedInWords() throws Exception {
    Worker worker = worker("steady");

    assertThat(ask(worker, ResyncRequest.newBuilder().setRank(1).build()).getError())
        .isEqualTo("rank 1 does not exist, there are 1");
    assertThat(ask(worker, ResyncRequest.newBuilder().setIncarnation(9).build()).getError())
        .isEqualTo("incarnation is 1, not 9");
    assertThat(ask(worker, ResyncRequest.getDefaultInstance()).getError()).isEmpty();
  }

  @Test
  void aLargeCacheIsTransferredInParts() throws IOException {
    Worker worker = worker("large");
    long[] many = new Random(1).longs(150_000).toArray();
    CacheSnapshotSource source =
        rank ->
            new CacheSnapshot(
                worker.cache.target(0).id(),
                1,
                1,
                List.of(KvEvent.Stored.root(many, many, Tier.DEVICE)));
    worker.responder.close();
    opened(new NatsResyncResponder(worker.link, "large", 1, 1, TestWorker.BLOCK_SIZE, source));
    Router router = new Router();
    router.join(worker);

    await().atMost(PATIENCE).until(() -> !router.ingest.isStale(0));
    assertThat(router.ingest.states().join().getFirst().blocks()).isEqualTo(150_000);
  }

  @Test
  void aCacheWithAHoleInAPrefixIsTransferred() throws IOException {
    Worker worker = worker("holed");
    long[] run = {1, 2, 3};
    List<KvEvent> content =
        List.of(
            KvEvent.Stored.root(run, run, Tier.DEVICE),
            new KvEvent.Removed(new long[] {2}, Tier.DEVICE));
    worker.responder.close();
    opened(
        new NatsResyncResponder(
            worker.link,
            "holed",
            1,
            1,
            TestWorker.BLOCK_SIZE,
            _ -> new CacheSnapshot(worker.cache.target(0).id(), 1, 2, content)));
    Router router = new Router();
    router.join(worker);

    await().atMost(PATIENCE).until(() -> !router.ingest.isStale(0));
    assertThat(router.ingest.states().join().getFirst().blocks()).isEqualTo(2);
    assertThat(router.ingest.counters().resyncsFailed()).isZero();
  }
}
