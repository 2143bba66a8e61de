package dev.warmpath.router.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.testing.EtcdServerProcess;
import dev.warmpath.router.testing.RegisteringWorker;
import dev.warmpath.router.testing.ReleasingListener;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EtcdMembershipTest {
  private static final Duration AT_ONCE = Duration.ofSeconds(2);
  private static final Duration TTL = Duration.ofSeconds(2);
  private static final AtomicInteger CLUSTERS = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  private static EtcdServerProcess etcd;

  private final FleetRegistry registry = new FleetRegistry(8, new ReleasingListener());
  private final DiscoveryCounters counters = new DiscoveryCounters();

  @SuppressWarnings("NullAway.Init")
  private EtcdSettings settings;

  @SuppressWarnings("NullAway.Init")
  private EtcdMembership membership;

  private @Nullable Client client;

  @BeforeAll
  static void startEtcd() throws IOException {
    etcd = EtcdServerProcess.start();
  }

  @AfterAll
  static void stopEtcd() {
    etcd.close();
  }

  @BeforeEach
  void follow() throws Exception {
    settings = EtcdSettings.of(List.of(etcd.endpoint()), "test-" + CLUSTERS.incrementAndGet());
    membership = new EtcdMembership(settings, registry, counters);
    membership.start();
    membership.awaitFirstList(Duration.ofSeconds(10));
  }

  @AfterEach
  void close() {
    membership.close();
    if (client != null) {
      client.close();
    }
  }

  @Test
  void aWorkerThatRegistersJoinsAndOneThatStopsLeavesAtOnce() throws Exception {
    Worker worker = worker("w0", 1);
    EtcdRegistration registration = register(worker);
    awaitFleet(worker);
    assertThat(registration.isRegistered()).isTrue();

    registration.close();
    await().atMost(AT_ONCE).untilAsserted(() -> assertThat(workers()).isEmpty());
    assertThat(registration.isRegistered()).isFalse();
  }

  @Test
  void aWorkerThatWasThereBeforeTheRouterIsListed() throws Exception {
    List<EtcdRegistration> registrations =
        List.of(register(worker("w0", 1)), register(worker("w1", 1)));
    FleetRegistry second = new FleetRegistry(8, new ReleasingListener());
    try (EtcdMembership late = new EtcdMembership(settings, second, counters)) {
      late.start();
      late.awaitFirstList(Duration.ofSeconds(10));
      assertThat(second.current().targets()).hasSize(2);
    }
    registrations.forEach(EtcdRegistration::close);
  }

  @Test
  void moreWorkersThanAPageAreListed() throws Exception {
    FleetRegistry second = new FleetRegistry(500, new ReleasingListener());
    for (int i = 0; i < 3 * EtcdSettings.PAGE_SIZE + 1; i++) {
      put("w" + i, WorkerInfoCodec.toJson(worker("w" + i, 1)));
    }
    try (EtcdMembership late = new EtcdMembership(settings, second, counters)) {
      late.start();
      late.awaitFirstList(Duration.ofSeconds(10));
      assertThat(second.current().targets()).hasSize(3 * EtcdSettings.PAGE_SIZE + 1);
    }
  }

  @Test
  void aWorkerWhoseProcessDiesLeavesWhenItsLeaseIsOver() throws Exception {
    Process process =
        RegisteringWorker.start(etcd.endpoint(), settings.cluster(), "w0", (int) TTL.toSeconds());
    try {
      await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(workers()).hasSize(1));
      // Longer than the lease: it is kept alive.
      await()
          .during(TTL.plusSeconds(1))
          .atMost(TTL.plusSeconds(3))
          .untilAsserted(() -> assertThat(workers()).hasSize(1));
    } finally {
      process.destroyForcibly().waitFor();
    }
    await().atMost(TTL.plusSeconds(2)).untilAsserted(() -> assertThat(workers()).isEmpty());
  }

  @Test
  void aNewLifeOfAWorkerReplacesTheOldOneAndOutlivesItsLease() throws Exception {
    EtcdRegistration first = register(worker("w0", 1));
    awaitFleet(worker("w0", 1));
    Target before = registry.current().targets().getFirst();
    try (EtcdRegistration _ = register(worker("w0", 2))) {
      awaitFleet(worker("w0", 2));
      first.close();
      await()
          .during(Duration.ofMillis(500))
          .untilAsserted(() -> assertThat(workers()).containsExactly(worker("w0", 2)));
      assertThat(registry.current().targets().getFirst()).isNotEqualTo(before);
    }
  }

  @Test
  void aWorkerWhoseKeyIsDeletedWithItsLeaseRegistersAgain() throws Exception {
    try (EtcdRegistration registration = register(worker("w0", 1))) {
      awaitFleet(worker("w0", 1));
      revokeLeaseOf("w0");
      await().untilAsserted(() -> assertThat(workers()).isEmpty());
      await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(workers()).hasSize(1));
      await().until(registration::isRegistered);
    }
  }

  @Test
  void aWorkerWhoseKeyIsDeletedWhileItsLeaseLivesRegistersAgain() throws Exception {
    try (EtcdRegistration registration = register(worker("w0", 1))) {
      long lease = leaseOf("w0");
      delete("w0");
      await().until(() -> isPut("w0"));
      assertThat(leaseOf("w0")).isEqualTo(lease);
      awaitFleet(worker("w0", 1));
      await().until(registration::isRegistered);
    }
  }

  @Test
  void aWorkerWhoseIdAnotherTookLeavesItTheKeyAndComesBackWhenTheOtherGoes() throws Exception {
    try (EtcdRegistration first = register(worker("w0", 1))) {
      EtcdRegistration second = register(worker("w0", 2));
      await().until(() -> !first.isRegistered());
      awaitFleet(worker("w0", 2));
      assertThat(second.isRegistered()).isTrue();
      second.close();
      await().until(first::isRegistered);
      awaitFleet(worker("w0", 1));
    }
  }

  static List<Hostile> hostileValues() {
    String good = WorkerInfoCodec.toJson(worker("w1", 1));
    return List.of(
        new Hostile("w1", "not json", RefusalKind.NOT_JSON),
        new Hostile("w1", "", RefusalKind.NOT_JSON),
        new Hostile("w1", "\0\0\0", RefusalKind.NOT_JSON),
        new Hostile("w1", "[".repeat(60_000), RefusalKind.NOT_JSON),
        new Hostile("w1", good.replace("64", "\"x\""), RefusalKind.BAD_FIELD),
        new Hostile("w1", good.replace("llama", "ll\\u0000ama"), RefusalKind.BAD_FIELD),
        new Hostile("w1", " ".repeat(1_000_000) + good, RefusalKind.TOO_LARGE),
        new Hostile("w1", WorkerInfoCodec.toJson(worker("w0", 5)), RefusalKind.WRONG_KEY),
        new Hostile("w1/x", good, RefusalKind.WRONG_KEY),
        new Hostile("", good, RefusalKind.WRONG_KEY),
        new Hostile("w1", good.replace(":64", ":32"), RefusalKind.DOES_NOT_FIT),
        new Hostile("w1", good.replace("\"ranks\":1", "\"ranks\":100"), RefusalKind.DOES_NOT_FIT));
  }

  record Hostile(String key, String value, RefusalKind kind) {
    @Override
    public String toString() {
      return kind + " " + Printable.of(value, 40);
    }
  }

  @ParameterizedTest
  @MethodSource("hostileValues")
  void aHostileValueIsCountedAndHarmsNobodyElse(Hostile hostile) throws Exception {
    try (EtcdRegistration _ = register(worker("w0", 1))) {
      awaitFleet(worker("w0", 1));
      put(hostile.key(), hostile.value());
      await().untilAsserted(() -> assertThat(counters.refused(hostile.kind())).isEqualTo(1));
      assertThat(workers()).containsExactly(worker("w0", 1));

      try (EtcdRegistration _ = register(worker("w2", 1))) {
        awaitFleet(worker("w0", 1), worker("w2", 1));
      }
    }
  }

  @Test
  void aHostileValueThatWasThereBeforeTheRouterIsCountedAndHarmsNobody() throws Exception {
    put("w0", "\0");
    put("w1", WorkerInfoCodec.toJson(worker("w1", 1)));
    FleetRegistry second = new FleetRegistry(8, new ReleasingListener());
    DiscoveryCounters secondCounters = new DiscoveryCounters();
    EtcdSettings hurried =
        new EtcdSettings(
            settings.endpoints(),
            settings.cluster(),
            settings.callTimeout(),
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            settings.maxPause());
    try (EtcdMembership late = new EtcdMembership(hurried, second, secondCounters)) {
      late.start();
      await().until(() -> secondCounters.lists() > 3);
      assertThat(second.current().targets()).hasSize(1);
      assertThat(secondCounters.refused(RefusalKind.NOT_JSON)).isEqualTo(1);
      assertThat(secondCounters.failures()).isZero();
    }
  }

  @Test
  void aKnownWorkerWhoseValueTurnsBadKeepsItsLastGoodOneUntilItsKeyGoes() throws Exception {
    put("w0", WorkerInfoCodec.toJson(worker("w0", 1)));
    awaitFleet(worker("w0", 1));
    put("w0", "garbage");
    await().until(() -> counters.refused(RefusalKind.NOT_JSON) == 1);
    assertThat(workers()).containsExactly(worker("w0", 1));
    delete("w0");
    await().untilAsserted(() -> assertThat(workers()).isEmpty());
  }

  @Test
  void aWorkerThatDidNotFitJoinsOnceItDoes() throws Exception {
    Worker other =
        new Worker(
            "w1",
            "a:1",
            "llama",
            worker("w0", 1).role(),
            32,
            1,
            0,
            0,
            0,
            Set.of(),
            worker("w0", 1).tiers(),
            Map.of(),
            1,
            false,
            false);
    put("w0", WorkerInfoCodec.toJson(worker("w0", 1)));
    put("w1", WorkerInfoCodec.toJson(other));
    await().until(() -> counters.refused(RefusalKind.DOES_NOT_FIT) == 1);
    delete("w0");
    awaitFleet(other);
  }

  @Test
  void whileEtcdIsAwayTheLastFleetServesAndChangesArriveAfterwards() throws Exception {
    try (EtcdRegistration registration = register(worker("w0", 1))) {
      awaitFleet(worker("w0", 1));
      etcd.kill();
      await().until(() -> !membership.state().connected());
      assertThat(workers()).containsExactly(worker("w0", 1));

      etcd.restart();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> membership.state().connected() && registration.isRegistered());
      assertThat(workers()).containsExactly(worker("w0", 1));
      try (EtcdRegistration _ = register(worker("w1", 1))) {
        awaitFleet(worker("w0", 1), worker("w1", 1));
      }
      awaitFleet(worker("w0", 1));
    }
  }

  @Test
  void anEtcdThatLostItsDataIsFilledAgainAndWhoIsGoneLeaves() throws Exception {
    put("gone", WorkerInfoCodec.toJson(worker("gone", 1)));
    try (EtcdRegistration _ = register(worker("w0", 1))) {
      awaitFleet(worker("gone", 1), worker("w0", 1));
      etcd.stop();
      etcd.loseData();
      await().until(() -> !membership.state().connected());
      assertThat(workers()).hasSize(2);

      etcd.restart();
      await()
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(() -> assertThat(workers()).containsExactly(worker("w0", 1)));
    }
    await().untilAsserted(() -> assertThat(workers()).isEmpty());
  }

  @Test
  void anEtcdThatHangsIsNoticedAndFollowedAgain() throws Exception {
    put("w0", WorkerInfoCodec.toJson(worker("w0", 1)));
    awaitFleet(worker("w0", 1));
    etcd.freeze();
    try {
      await().atMost(AT_ONCE.plusSeconds(4)).until(() -> !membership.state().connected());
      assertThat(workers()).hasSize(1);
    } finally {
      etcd.thaw();
    }
    await().until(() -> membership.state().connected());
    put("w1", WorkerInfoCodec.toJson(worker("w1", 1)));
    awaitFleet(worker("w0", 1), worker("w1", 1));
  }

  @Test
  void aFloodOfChangesIsFollowedToItsEnd() throws Exception {
    try (EtcdRegistration _ = register(worker("w0", 1))) {
      List<CompletableFuture<?>> answers = new ArrayList<>();
      for (int i = 1; i <= 3 * EtcdWatch.INBOX_LIMIT; i++) {
        ByteSequence value = ByteSequence.from(WorkerInfoCodec.toJson(worker("w1", i)), UTF_8);
        answers.add(client().getKVClient().put(settings.key("w1"), value));
      }
      CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).get();
      put("w1", WorkerInfoCodec.toJson(worker("w1", 99_999)));
      awaitFleet(worker("w0", 1), worker("w1", 99_999));
    }
  }

  @Test
  void manyAttemptsLeaveNoThreadsBehind() throws Exception {
    EtcdSettings unreachable =
        new EtcdSettings(
            List.of("http://127.0.0.1:" + EtcdServerProcess.freePort()),
            "test",
            Duration.ofMillis(200),
            Duration.ofMillis(10),
            Duration.ofMillis(10),
            Duration.ofMillis(10));
    DiscoveryCounters attempts = new DiscoveryCounters();
    try (EtcdMembership alone = new EtcdMembership(unreachable, registry, attempts)) {
      alone.start();
      await().until(() -> attempts.failures() > 5);
      int threads = Thread.getAllStackTraces().size();
      await().atMost(Duration.ofSeconds(30)).until(() -> attempts.failures() > 50);
      assertThat(Thread.getAllStackTraces().size()).isLessThan(threads + 20);
    }
  }

  @Test
  void aCompactionDoesNotStopTheChanges() throws Exception {
    put("w0", WorkerInfoCodec.toJson(worker("w0", 1)));
    awaitFleet(worker("w0", 1));
    compact();
    put("w1", WorkerInfoCodec.toJson(worker("w1", 1)));
    awaitFleet(worker("w0", 1), worker("w1", 1));
  }

  @Test
  void anEtcdThatCannotBeReachedIsNamedInOneSentenceAndTriedOn() throws Exception {
    String nowhere = "http://127.0.0.1:" + EtcdServerProcess.freePort();
    EtcdSettings unreachable = EtcdSettings.of(List.of(nowhere), "test");
    try (EtcdMembership alone = new EtcdMembership(unreachable, registry, counters)) {
      alone.start();
      assertThatThrownBy(() -> alone.awaitFirstList(Duration.ofSeconds(1)))
          .isInstanceOf(EtcdUnavailableException.class)
          .hasMessageStartingWith("etcd cannot be reached at " + nowhere + " within 1 s (")
          .hasMessageContaining("Connection refused")
          .hasMessageNotContaining("\n");
      assertThat(alone.state().listed()).isFalse();
      long failures = counters.failures();
      await().until(() -> counters.failures() > failures);
    }
  }

  private EtcdRegistration register(Worker worker) throws Exception {
    EtcdRegistration registration = new EtcdRegistration(settings, worker, TTL);
    registration.start();
    registration.awaitRegistered(Duration.ofSeconds(10));
    return registration;
  }

  private static Worker worker(String id, long incarnation) {
    return Worker.aggregated(id, "127.0.0.1:1", "llama", 64, 1, incarnation);
  }

  private Client client() {
    if (client == null) {
      client = settings.connect();
    }
    return client;
  }

  private void put(String workerId, String value) throws Exception {
    ByteSequence bytes = ByteSequence.from(value, UTF_8);
    settings.await("put", client().getKVClient().put(settings.key(workerId), bytes));
  }

  private void delete(String workerId) throws Exception {
    settings.await("delete", client().getKVClient().delete(settings.key(workerId)));
  }

  private void revokeLeaseOf(String workerId) throws Exception {
    settings.await("revoke", client().getLeaseClient().revoke(leaseOf(workerId)));
  }

  private long leaseOf(String workerId) throws Exception {
    return stored(workerId).getFirst().getLease();
  }

  private boolean isPut(String workerId) throws Exception {
    return !stored(workerId).isEmpty();
  }

  private List<KeyValue> stored(String workerId) throws Exception {
    return settings.await("get", client().getKVClient().get(settings.key(workerId))).getKvs();
  }

  private void compact() throws Exception {
    long revision = EtcdListing.currentRevision(client(), settings);
    settings.await("compact", client().getKVClient().compact(revision));
  }

  private void awaitFleet(Worker... workers) {
    await().untilAsserted(() -> assertThat(workers()).containsExactly(workers));
  }

  private List<Worker> workers() {
    return registry.current().targets().stream().map(Target::worker).distinct().toList();
  }
}
