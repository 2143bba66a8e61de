package dev.warmpath.router.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.indexer.testing.NatsServerProcess;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.Policies;
import dev.warmpath.v1.Finished;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two routers of one fleet on a real NATS server. */
class SeveralRoutersTest {
  private static final int TARGETS = 16;
  private static final int BLOCK_SIZE = 64;
  private static final int PROMPT_TOKENS = 6_400;
  private static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

  private final NatsServerProcess server = NatsServerProcess.start();
  private final List<RouterNode> routers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    for (int seed = 1; seed <= 2; seed++) {
      RouterNode router = RouterNode.start(options(), new SplittableRandom(seed));
      routers.add(router);
      for (int worker = 0; worker < TARGETS; worker++) {
        router
            .registry()
            .put(Worker.aggregated("w%02d".formatted(worker), "a:1", "m", BLOCK_SIZE, 1, 1));
      }
      channels.add(
          NettyChannelBuilder.forAddress("127.0.0.1", router.grpcPort()).usePlaintext().build());
    }
    await().until(() -> routers.stream().allMatch(router -> router.peers() == 1));
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    routers.forEach(RouterNode::close);
    server.close();
  }

  @Test
  void requestsThatAreDealtInTurnGoToDifferentTargetsUntilAllAreBusy() {
    Map<String, Integer> requests = new HashMap<>();
    for (int request = 1; request <= 2 * TARGETS; request++) {
      RouteReply reply = route(request % 2);
      requests.merge(reply.getTarget().getWorkerId(), 1, Integer::sum);
      awaitOpen(0, request);
      awaitOpen(1, request);
      if (request == TARGETS) {
        assertThat(requests).hasSize(TARGETS);
      }
    }
    assertThat(requests.values()).containsOnly(2);
  }

  @Test
  void aBurstOnBothRoutersDoesNotPileUpAndBothSeeTheSameLoadInTheEnd() throws Exception {
    int burst = 8 * TARGETS;
    List<RouteReply> replies = new ArrayList<>();
    try (var frontends = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<RouteReply>> calls = new ArrayList<>();
      for (int request = 0; request < burst; request++) {
        int router = request % 2;
        long prompt = request;
        calls.add(frontends.submit(() -> route(router, prompt)));
      }
      for (Future<RouteReply> call : calls) {
        replies.add(call.get());
      }
    }
    awaitOpen(0, burst);
    awaitOpen(1, burst);
    for (int worker = 0; worker < TARGETS; worker++) {
      assertThat(requestsOn(0, worker)).isEqualTo(requestsOn(1, worker)).isBetween(2L, 16L);
    }
    for (int request = 0; request < burst; request++) {
      finish(request % 2, replies.get(request));
    }
    awaitOpen(0, 0);
    awaitOpen(1, 0);
  }

  @Test
  void whatIsLostWhileNatsIsAwayIsRepaired() {
    List<RouteReply> replies = new ArrayList<>(List.of(route(0), route(0)));
    awaitOpen(1, 2);
    server.kill();
    await().until(() -> routers.get(0).ledger().openBookings() == 2);
    replies.add(route(0));
    finish(0, replies.getFirst());
    server.restart();
    await().until(() -> sameLoad() && routers.get(1).ledger().openBookings() == 2);
    finish(0, replies.get(1));
    finish(0, replies.get(2));
    awaitOpen(1, 0);
  }

  private boolean sameLoad() {
    for (int worker = 0; worker < TARGETS; worker++) {
      if (requestsOn(0, worker) != requestsOn(1, worker)) {
        return false;
      }
    }
    return true;
  }

  private long requestsOn(int router, int worker) {
    RouterNode node = routers.get(router);
    TargetId id = new TargetId("w%02d".formatted(worker), 0);
    return node.ledger()
        .bookedRequests(requireNonNull(node.registry().current().target(id)).slot());
  }

  private void awaitOpen(int router, long bookings) {
    await()
        .untilAsserted(
            () -> assertThat(routers.get(router).ledger().openBookings()).isEqualTo(bookings));
  }

  private RouteReply route(int router) {
    return route(router, 0);
  }

  private RouteReply route(int router, long prompt) {
    RouteRequest.Builder request =
        RouteRequest.newBuilder().setModel("m").setPromptTokens(PROMPT_TOKENS);
    int blocks = PROMPT_TOKENS / BLOCK_SIZE;
    LongStream.range(prompt * blocks, (prompt + 1) * blocks).forEach(request::addBlockHashes);
    return RouterGrpc.newBlockingStub(channels.get(router)).route(request.build());
  }

  private void finish(int router, RouteReply reply) {
    assertThat(
            RouterGrpc.newBlockingStub(channels.get(router))
                .report(
                    LifecycleReport.newBuilder()
                        .setBookingId(reply.getBookingId())
                        .setFinished(Finished.getDefaultInstance())
                        .build())
                .getKnown())
        .isTrue();
  }

  private RouterOptions options() {
    return new RouterOptions(
        ANY_PORT,
        ANY_PORT,
        NatsSettings.of(server.url(), "c", "router"),
        null,
        null,
        Policies.KV,
        null,
        LedgerLimits.DEFAULT,
        IndexBounds.standard());
  }
}
