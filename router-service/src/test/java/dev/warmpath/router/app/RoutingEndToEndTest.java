package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.UnsafeByteOperations;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.route.Policies;
import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.Finished;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.RouterGrpc.RouterBlockingStub;
import dev.warmpath.v1.SessionAffinity;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A router with a fleet file and a routing file, over gRPC: filters, explanation, sessions. */
class RoutingEndToEndTest {
  private static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private RouterNode router;

  @SuppressWarnings("NullAway.Init")
  private ManagedChannel channel;

  @SuppressWarnings("NullAway.Init")
  private RouterBlockingStub stub;

  @BeforeEach
  void start() throws Exception {
    Path fleet =
        Files.writeString(
            folder.resolve("fleet.yaml"),
            """
            workers:
              - {worker_id: a, address: "h:1", model: m, block_size: 16, ranks: 2, labels: {zone: x}}
              - {worker_id: b, address: "h:2", model: m, block_size: 16, ranks: 2, labels: {zone: x}}
              - {worker_id: c, address: "h:3", model: m, block_size: 16, ranks: 1, labels: {zone: y}}
            """);
    Path routing = write("draining: []");
    router =
        RouterNode.start(
            new RouterOptions(
                ANY_PORT,
                ANY_PORT,
                null,
                null,
                fleet,
                Policies.LEAST_LOADED,
                routing,
                LedgerLimits.DEFAULT,
                IndexBounds.standard()),
            new SplittableRandom(1));
    channel = NettyChannelBuilder.forAddress("127.0.0.1", router.grpcPort()).usePlaintext().build();
    stub = RouterGrpc.newBlockingStub(channel);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    router.close();
  }

  @Test
  void aSessionStaysUntilItsWorkerIsDrainedByTheRoutingFileAndEveryAnswerSaysWhy()
      throws Exception {
    RouteRequest inSession =
        request().toBuilder()
            .setSessionId("chat-1")
            .setSessionAffinity(SessionAffinity.SESSION_AFFINITY_HARD)
            .putRequiredLabels("zone", "x")
            .build();
    RouteReply first = stub.route(inSession);
    String home = first.getTarget().getWorkerId();
    assertThat(home).isIn("a", "b");
    for (int i = 0; i < 10; i++) {
      assertThat(stub.route(inSession).getTarget()).isEqualTo(first.getTarget());
    }

    write("draining: [" + home + "]");
    await().untilAsserted(() -> assertThat(explained(inSession, home)).containsOnly("draining"));
    RouteReply moved = stub.route(inSession);
    assertThat(moved.getTarget().getWorkerId()).isNotEqualTo(home).isIn("a", "b");
    assertThat(router.ledger().openBookings()).as("the others go on").isEqualTo(12);
    assertThat(stub.report(finished(first)).getKnown()).isTrue();

    RouteReply explained = stub.explain(inSession).getDecision();
    assertThat(explained.getCandidatesList()).hasSize(5);
    assertThat(explained(inSession, "c")).containsExactly("required_label");
    assertThat(explained.getCandidatesList())
        .filteredOn(Candidate::getChosen)
        .singleElement()
        .satisfies(chosen -> assertThat(chosen.getTarget()).isEqualTo(moved.getTarget()));

    write("draining: [a, b]");
    await()
        .untilAsserted(() -> {
          StatusRuntimeException e =
              catchThrowableOfType(StatusRuntimeException.class, () -> stub.route(inSession));
          assertThat(e).isNotNull();
          assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
          assertThat(e.getStatus().getDescription())
              .isEqualTo(
                  "no aggregated target left for model 'm': 4 draining, 1 without label zone=x");
        });
  }

  @Test
  void theCommandLineShowsWhoWasLeftOutAndWhy() throws Exception {
    write("draining: [a]");
    await().untilAsserted(() -> assertThat(explained(request(), "a")).containsOnly("draining"));
    StringWriter out = new StringWriter();
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .execute(
                "route",
                "--router",
                "127.0.0.1:" + router.grpcPort(),
                "--tokens",
                "1..100",
                "--require-label",
                "zone=y",
                "--explain");
    assertThat(exit).isZero();
    assertThat(out.toString())
        .contains("target    c/0 at h:3")
        .containsPattern("->  c/0 +0\\.0 ")
        .containsPattern("a/0 +draining ")
        .containsPattern("b/1 +without label zone=y ");
  }

  private List<String> explained(RouteRequest request, String worker) {
    return stub.explain(request).getDecision().getCandidatesList().stream()
        .filter(candidate -> candidate.getTarget().getWorkerId().equals(worker))
        .map(Candidate::getExcludedBy)
        .toList();
  }

  private static LifecycleReport finished(RouteReply reply) {
    return LifecycleReport.newBuilder()
        .setBookingId(reply.getBookingId())
        .setFinished(Finished.getDefaultInstance())
        .build();
  }

  private static RouteRequest request() {
    return RouteRequest.newBuilder()
        .setModel("m")
        .setTokenIds(UnsafeByteOperations.unsafeWrap(TokenRanges.parse("1..100")))
        .build();
  }

  private Path write(String routing) throws IOException {
    return Files.writeString(folder.resolve("routing.yaml"), routing);
  }
}
