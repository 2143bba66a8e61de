package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.testing.NatsServerProcess;
import dev.warmpath.indexer.testing.TestWorker;
import dev.warmpath.v1.KvEventBatch;
import dev.warmpath.v1.ResyncPart;
import dev.warmpath.v1.ResyncRequest;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers and ingests over a real nats-server, which is stopped, killed and emptied. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class NatsIngestTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<AutoCloseable> open = new ArrayList<>();
  private NatsServerProcess server = NatsServerProcess.start();

  /** A worker with its own connection, heartbeats and an answer to resync requests. */
  private final class Worker {
    final NatsLink link = link("worker");
    final NatsEventTransport transport;
    final TestWorker cache;
    final NatsResyncResponder responder;

    Worker(String name, long incarnation, Predicate<KvEventBatch> passes) throws IOException {
      transport = new NatsEventTransport(link);
      cache =
          new TestWorker(
              name,
              incarnation,
              name.hashCode(),
              batch -> {
                if (passes.test(batch)) {
                  transport.send(batch);
                }
              });
      responder =
          opened(new NatsResyncResponder(link, name, incarnation, 1, TestWorker.BLOCK_SIZE, cache));
    }
  }

  /** A router's side: connection, consumer, requester and index thread. */
  private final class Router {
    final NatsLink link = link("router");
    final NatsResyncRequester requester = opened(new NatsResyncRequester(link));
    final Ingest ingest = new Ingest(IngestLimits.DEFAULT, IndexLimits.DEFAULT, requester);
    final NatsEventConsumer consumer;

    Router() throws IOException {
      this(0);
    }

    Router(long afterSequence) throws IOException {
      requester.attach(ingest);
      opened(new IndexThreads(ingest));
      consumer = opened(new NatsEventConsumer(link, ingest, afterSequence));
    }

    void join(Worker... workers) {
      for (int slot = 0; slot < workers.length; slot++) {
        IndexedTarget target = workers[slot].cache.target(slot);
        ingest.join(target);
        await().until(() -> target.equals(ingest.target(target.id())));
      }
    }

    void awaitEqual(Worker... workers) {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(100))
          .untilAsserted(() -> {
            for (int slot = 0; slot < workers.length; slot++) {
              workers[slot].cache.heartbeat();
              assertThat(ingest.isStale(slot)).as("slot %d is stale", slot).isFalse();
            }
            for (TargetState state : ingest.states().get(5, TimeUnit.SECONDS)) {
              if (state.slot() >= workers.length) {
                continue;
              }
              assertThat(state.digest()).isEqualTo(workers[state.slot()].cache.digest());
            }
          });
      assertThat(ingest.counters().failures()).isZero();
    }
  }

  @BeforeEach
  void serverRuns() {
    opened(server);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

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
  void aKilledServerThatComesBackLosesNothingForGood() throws IOException {
    Worker worker = worker("steady");
    Router router = new Router();
    router.join(worker);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 100; i++) {
        worker.cache.change(3);
      }
      server.kill();
      await().until(() -> !worker.link.isConnected() && !router.link.isConnected());
      for (int i = 0; i < 100; i++) {
        worker.cache.change(3);
      }
      server.restart();
      await().atMost(PATIENCE).until(() -> worker.link.isConnected() && router.link.isConnected());
      for (int i = 0; i < 100; i++) {
        worker.cache.change(3);
      }
      router.awaitEqual(worker);
    }
    assertThat(worker.transport.dropped()).isPositive();

    long before = router.consumer.position();
    worker.cache.change(1);
    await().atMost(PATIENCE).until(() -> router.consumer.position() > before);
    router.awaitEqual(worker);
  }

  @Test
  void aServerThatComesBackEmptyIsFilledAgain() throws IOException {
    Worker worker = worker("steady");
    Router router = new Router();
    router.join(worker);
    for (int i = 0; i < 50; i++) {
      worker.cache.change(3);
    }
    router.awaitEqual(worker);
    server.kill();
    server.wipeData();
    server.restart();
    await().atMost(PATIENCE).until(() -> worker.link.isConnected() && router.link.isConnected());
    for (int i = 0; i < 50; i++) {
      worker.cache.change(3);
    }
    router.awaitEqual(worker);

    worker.cache.change(3);
    router.awaitEqual(worker);
    assertThat(router.ingest.counters().consumerRestarts()).isPositive();
  }

  @Test
  void aStreamThatIsDeletedIsMadeAgain() throws Exception {
    Worker worker = worker("steady");
    Router router = new Router();
    router.join(worker);
    worker.cache.change(30);
    router.awaitEqual(worker);
    router.link.connection().jetStreamManagement().deleteStream(NatsSubjects.STREAM);
    worker.cache.change(30);
    worker.cache.change(30);
    router.awaitEqual(worker);

    await().atMost(PATIENCE).until(() -> router.ingest.counters().consumerRestarts() > 0);
    worker.cache.change(30);
    router.awaitEqual(worker);
  }

  @Test
  void aPositionBeyondTheStreamsEndIsReadFromTheStart() throws IOException {
    Worker worker = worker("steady");
    for (int i = 0; i < 30; i++) {
      worker.cache.change(3);
    }
    await().until(() -> worker.transport.confirmed() == 30);
    Router router = new Router(1_000_000);

    await().atMost(PATIENCE).until(() -> router.consumer.position() == 30);
    assertThat(router.ingest.counters().unknownTargets()).isEqualTo(30);
    router.join(worker);
    worker.cache.change(3);
    router.awaitEqual(worker);
  }

  @Test
  void onlyAPositionThatStaysBeyondTheEndIsRefused() {
    assertThat(NatsEventConsumer.isBeyond(31, 31, 30)).isTrue();
    assertThat(NatsEventConsumer.isBeyond(31, 29, 30)).as("a message came meanwhile").isFalse();
    assertThat(NatsEventConsumer.isBeyond(30, 30, 30)).isFalse();
  }

  @Test
  void aConsumerThatTheServerForgetsIsReplaced() throws Exception {
    Worker worker = worker("steady");
    Router router = new Router();
    router.join(worker);
    worker.cache.change(30);
    router.awaitEqual(worker);
    JetStreamManagement streams = router.link.connection().jetStreamManagement();
    for (String name : streams.getConsumerNames(NatsSubjects.STREAM)) {
      streams.deleteConsumer(NatsSubjects.STREAM, name);
    }
    long before = router.consumer.position();
    worker.cache.change(30);

    await().atMost(PATIENCE).until(() -> router.consumer.position() > before);
    router.awaitEqual(worker);
    assertThat(router.ingest.counters().consumerRestarts()).isPositive();
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

  @Test
  void aServerThatIsNotThereIsNamed() {
    String url = server.url().replace("//", "//user:secret@");
    server.stop();

    assertThatThrownBy(() -> NatsLink.connect(NatsSettings.of(url, "east", "router")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot reach NATS at " + server.url() + ": ")
        .hasMessageNotContaining("secret");
  }

  @Test
  void theStreamIsMadeAndFollowsTheSettings() throws Exception {
    link("router").ensureStream();
    NatsSettings shorter =
        new NatsSettings(
            server.url(), "east", "router", StorageType.File, Duration.ofMinutes(3), 5L << 20);
    NatsLink second = opened(NatsLink.connect(shorter));
    StreamConfiguration stream = second.ensureStream().getConfiguration();

    assertThat(stream.getMaxAge()).isEqualTo(Duration.ofMinutes(3));
    assertThat(stream.getMaxBytes()).isEqualTo(5L << 20);
    assertThat(stream.getSubjects()).containsExactly("warmpath.v1.kv.>");
  }

  /** Sends raw messages on a worker's own subject while its cache goes on changing. */
  private static void publishAmongChanges(
      Worker worker, int messages, IntFunction<byte[]> message) {
    String subject = worker.link.subjects().events(batch(worker.cache.workerId()));
    for (int i = 0; i < messages; i++) {
      worker.link.connection().publish(subject, message.apply(i));
      worker.cache.change(2);
    }
  }

  private static KvEventBatch batch(String workerId) {
    return KvEventBatch.newBuilder()
        .setModel(TestWorker.MODEL)
        .setWorkerId(workerId)
        .setIncarnation(1)
        .setFirstEventId(1)
        .build();
  }

  private Worker worker(String name) throws IOException {
    return new Worker(name, 1, _ -> true);
  }

  private ResyncPart ask(Worker worker, ResyncRequest request) throws Exception {
    Message answer =
        link("asker")
            .connection()
            .request(
                worker.link.subjects().resync(worker.cache.workerId()),
                request.toByteArray(),
                Duration.ofSeconds(5));
    return SnapshotAssembler.parse(answer.getData());
  }

  private NatsLink link(String name) {
    try {
      return opened(NatsLink.connect(NatsSettings.of(server.url(), "east", name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private <T extends AutoCloseable> T opened(T one) {
    open.add(one);
    return one;
  }
}
