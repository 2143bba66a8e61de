package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.testing.NatsServerProcess;
import dev.warmpath.indexer.testing.TestWorker;
import dev.warmpath.v1.KvEventBatch;
import dev.warmpath.v1.ResyncPart;
import dev.warmpath.v1.ResyncRequest;
import io.nats.client.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** Workers and ingests over a real nats-server. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
abstract class NatsScenario {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  final List<AutoCloseable> open = new ArrayList<>();
  NatsServerProcess server = NatsServerProcess.start();

  /** A worker with its own connection, heartbeats and an answer to resync requests. */
  final class Worker {
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
  final class Router {
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

  /** Sends raw messages on a worker's own subject while its cache goes on changing. */
  static void publishAmongChanges(Worker worker, int messages, IntFunction<byte[]> message) {
    String subject = worker.link.subjects().events(batch(worker.cache.workerId()));
    for (int i = 0; i < messages; i++) {
      worker.link.connection().publish(subject, message.apply(i));
      worker.cache.change(2);
    }
  }

  static KvEventBatch batch(String workerId) {
    return KvEventBatch.newBuilder()
        .setModel(TestWorker.MODEL)
        .setWorkerId(workerId)
        .setIncarnation(1)
        .setFirstEventId(1)
        .build();
  }

  Worker worker(String name) throws IOException {
    return new Worker(name, 1, _ -> true);
  }

  ResyncPart ask(Worker worker, ResyncRequest request) throws Exception {
    Message answer =
        link("asker")
            .connection()
            .request(
                worker.link.subjects().resync(worker.cache.workerId()),
                request.toByteArray(),
                Duration.ofSeconds(5));
    return SnapshotAssembler.parse(answer.getData());
  }

  NatsLink link(String name) {
    try {
      return opened(NatsLink.connect(NatsSettings.of(server.url(), "east", name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  <T extends AutoCloseable> T opened(T one) {
    open.add(one);
    return one;
  }
}
