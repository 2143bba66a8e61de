package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.testing.TestWorker;
import dev.warmpath.v1.KvEventBatch;
import dev.warmpath.v1.ResyncRequest;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Messages over NATS that nobody should send. */
class NatsNoiseTest extends NatsScenario {
  @Test
  void malformedMessagesHarmNothing() throws Exception {
    Worker worker = worker("steady");
    Router router = new Router();
    router.join(worker);
    worker.cache.change(20);
    KvEventBatch other =
        KvEventBatch.newBuilder()
            .setModel(TestWorker.MODEL)
            .setWorkerId("somebody-else")
            .setIncarnation(1)
            .setFirstEventId(1)
            .build();
    KvEventBatch bad = other.toBuilder().setWorkerId("steady").setFirstEventId(0).build();
    String subject = router.link.subjects().events(bad);
    Random random = new Random(9);
    for (int i = 0; i < 200; i++) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      worker.link.connection().publish(subject, noise);
      worker.link.connection().publish(subject, bad.toByteArray());
      worker.link.connection().publish(subject, other.toByteArray());
      worker
          .link
          .connection()
          .publish(subject, Arrays.copyOf(bad.toByteArray(), bad.getSerializedSize() - 1));
      worker.cache.change(2);
    }
    router.awaitEqual(worker);

    await().until(() -> router.ingest.counters().subjectMismatches() >= 200);
    assertThat(router.ingest.counters().malformed()).isGreaterThan(200);
    assertThat(router.ingest.counters().failures()).isZero();
  }

  @Test
  void truncatedMessagesAreCountedAndHarmNothing() throws IOException {
    Worker worker = worker("steady");
    Router router = new Router();
    router.join(worker);
    long[] hashes = new Random(3).longs(20).toArray();
    KvEvent stored = KvEvent.Stored.root(hashes, hashes, Tier.DEVICE);
    byte[] whole =
        batch("steady").toBuilder()
            .addEvents(KvEventCodec.encode(stored, TestWorker.BLOCK_SIZE))
            .build()
            .toByteArray();

    publishAmongChanges(worker, 100, i -> Arrays.copyOf(whole, whole.length - 1 - i));

    await().until(() -> router.ingest.counters().malformed() == 100);
    router.awaitEqual(worker);
    assertThat(router.ingest.counters().oversized()).isZero();
  }

  @Test
  void randomMessagesAreCountedAndHarmNothing() throws IOException {
    Worker worker = worker("steady");
    Worker other = worker("other");
    Router router = new Router();
    router.join(worker, other);
    Random random = new Random(10);

    publishAmongChanges(
        worker,
        500,
        _ -> {
          byte[] noise = new byte[random.nextInt(1_000)];
          random.nextBytes(noise);
          other.cache.change(1);
          return noise;
        });

    IngestCounters counters = router.ingest.counters();
    await().until(() -> counters.malformed() + counters.subjectMismatches() == 500);
    router.awaitEqual(worker, other);
    assertThat(counters.malformed()).isPositive();
  }

  @Test
  void oversizedMessagesAreCountedAndHarmNothing() throws IOException {
    Worker worker = worker("steady");
    Router router = new Router();
    router.join(worker);

    publishAmongChanges(worker, 4, i -> new byte[WireLimits.PAYLOAD_BYTES + 1 + i]);

    await().atMost(PATIENCE).until(() -> router.ingest.counters().oversized() == 4);
    router.awaitEqual(worker);
    assertThat(router.ingest.counters().malformed()).isEqualTo(4);
  }

  @Test
  void resyncRequestsThatAreNoiseAreCountedAndTheNextIsAnswered() throws Exception {
    Worker worker = worker("steady");
    byte[] noise = {(byte) 0xff, 1, 2};
    String subject = worker.link.subjects().resync("steady");
    Connection asker = link("asker").connection();
    asker.publish(subject, "replies.go.here", noise);
    asker.publish(subject, noise);

    assertThat(ask(worker, ResyncRequest.getDefaultInstance()).getError()).isEmpty();
    await().until(() -> worker.responder.refused() == 2);
    assertThat(worker.responder.answered()).isEqualTo(1);
  }

  @Test
  void resyncAnswersThatAreNoiseAreCountedAndAskedForAgain() throws Exception {
    Worker honest = worker("honest");
    Worker liar = worker("liar");
    liar.responder.close();
    Connection lies = link("liar").connection();
    Dispatcher dispatcher =
        lies.createDispatcher(
            message -> lies.publish(message.getReplyTo(), new byte[] {(byte) 0xff, 1, 2}));
    dispatcher.subscribe(liar.link.subjects().resync("liar"));
    lies.flush(Duration.ofSeconds(5));
    liar.cache.change(10);
    Router router = new Router();
    await().until(() -> router.ingest.counters().unknownTargets() > 0);
    router.join(honest, liar);
    honest.cache.change(10);

    await().until(() -> router.ingest.counters().resyncsFailed() >= 2);
    assertThat(router.ingest.isStale(1)).isTrue();
    router.awaitEqual(honest);
    lies.closeDispatcher(dispatcher);
    opened(new NatsResyncResponder(liar.link, "liar", 1, 1, TestWorker.BLOCK_SIZE, liar.cache));
    router.awaitEqual(honest, liar);
  }
}
