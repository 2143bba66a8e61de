package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.JetStreamManagement;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The nats-server is stopped, killed and emptied, its stream and consumers are deleted. */
class NatsOutageTest extends NatsScenario {
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
}
