package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.warmpath.v1.BlocksStored;
import dev.warmpath.v1.IndexerGrpc;
import dev.warmpath.v1.KvEvent;
import dev.warmpath.v1.KvEventBatch;
import dev.warmpath.v1.PublishReply;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.Tier;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code warmpath serve} in a process of its own, with a fleet file and no other server. */
class ServeTest {
  private static final Pattern GREETING =
      Pattern.compile("routing on 127\\.0\\.0\\.1:(\\d+), admin on (http://127\\.0\\.0\\.1:\\d+)");
  private static final int SIGTERM_EXIT = 128 + 15;
  private static final ByteString PROMPT =
      UnsafeByteOperations.unsafeWrap(TokenRanges.parse("1..70"));

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private WarmpathProcess process;

  @SuppressWarnings("NullAway.Init")
  private ManagedChannel channel;

  private String admin = "";

  @BeforeEach
  void serve() throws IOException {
    Path fleet =
        Files.writeString(
            folder.resolve("fleet.yaml"),
            """
            workers:
              - {worker_id: w0, address: "127.0.0.1:1", model: m, block_size: 16, ranks: 2}
              - {worker_id: w1, address: "127.0.0.1:2", model: m, block_size: 16, ranks: 2}
            """);
    process =
        WarmpathProcess.start(
            folder,
            "serve",
            "--fleet=" + fleet,
            "--listen=127.0.0.1:0",
            "--admin=127.0.0.1:0",
            "--index-threads=2",
            "--nats=",
            "--etcd=");
    await().atMost(Duration.ofSeconds(30)).until(() -> GREETING.matcher(process.output()).find());
    Matcher greeting = GREETING.matcher(process.output());
    assertThat(greeting.find()).isTrue();
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(greeting.group(1)))
            .usePlaintext()
            .build();
    admin = greeting.group(2);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    process.close();
  }

  @Test
  void itAnswersIsReadyAndEndsCleanlyWhenTold() throws Exception {
    assertThat(route().getTarget().getAddress()).startsWith("127.0.0.1:");
    assertThat(status("/readyz")).isEqualTo(200);
    assertThat(status("/healthz")).isEqualTo(200);

    process.stop();

    assertThat(process.waitFor(Duration.ofSeconds(3))).isEqualTo(SIGTERM_EXIT);
    assertThat(process.output().lines()).singleElement().asString().matches(GREETING);
  }

  @Test
  void aCallThatIsOpenDoesNotKeepItFromEnding() throws Exception {
    CompletableFuture<PublishReply> answer = new CompletableFuture<>();
    StreamObserver<KvEventBatch> open = publish(answer);
    open.onNext(stored("w0", 0));
    await().until(() -> route().getOverlap().getDeviceBlocks() == 4);

    process.stop();

    assertThat(process.waitFor(Duration.ofSeconds(5))).isEqualTo(SIGTERM_EXIT);
    assertThat(answer).failsWithin(Duration.ofSeconds(5));
    assertThat(process.output()).doesNotContain("Exception");
  }

  @Test
  void eventsThatAreGivenOverGrpcDecideWhereARequestGoes() throws Exception {
    assertThat(route().getOverlap().getDeviceBlocks()).isZero();
    CompletableFuture<PublishReply> answer = new CompletableFuture<>();
    StreamObserver<KvEventBatch> events = publish(answer);
    events.onNext(stored("w1", 1));
    events.onCompleted();
    assertThat(answer.get(10, TimeUnit.SECONDS).getAccepted()).isOne();

    await().until(() -> route().getOverlap().getDeviceBlocks() == 4);

    RouteReply decision = route();
    assertThat(decision.getTarget().getWorkerId()).isEqualTo("w1");
    assertThat(decision.getTarget().getRank()).isEqualTo(1);
    assertThat(decision.getOverlap().getCachedTokens()).isEqualTo(64);
  }

  @Test
  void itHasAsManyIndexThreadsAsItIsToldAndUsesThemAll() throws Exception {
    CompletableFuture<PublishReply> answer = new CompletableFuture<>();
    StreamObserver<KvEventBatch> events = publish(answer);
    events.onNext(stored("w0", 0));
    events.onNext(stored("w1", 1));
    events.onCompleted();
    assertThat(answer.get(10, TimeUnit.SECONDS).getAccepted()).isEqualTo(2);

    await().until(() -> page("/metrics").contains("warmpath_index_memberships{model=\"m\"} 8.0"));
    assertThat(page("/metrics").lines()).contains("warmpath_index_threads 2.0");
  }

  private RouteReply route() {
    return RouterGrpc.newBlockingStub(channel)
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .route(RouteRequest.newBuilder().setModel("m").setTokenIds(PROMPT).setDryRun(true).build());
  }

  private StreamObserver<KvEventBatch> publish(CompletableFuture<PublishReply> answer) {
    return IndexerGrpc.newStub(channel).publish(new Answer(answer));
  }

  /** The first four blocks of the prompt. */
  private static KvEventBatch stored(String worker, int rank) {
    BlocksStored.Builder stored =
        BlocksStored.newBuilder()
            .setTokenIds(PROMPT.substring(0, 64 * Integer.BYTES))
            .setBlockSize(16)
            .setTier(Tier.TIER_DEVICE);
    for (long engineHash = 1; engineHash <= 4; engineHash++) {
      stored.addBlockHashes(engineHash);
    }
    return KvEventBatch.newBuilder()
        .setModel("m")
        .setWorkerId(worker)
        .setRank(rank)
        .setIncarnation(1)
        .setFirstEventId(1)
        .addEvents(KvEvent.newBuilder().setStored(stored))
        .build();
  }

  private String page(String page) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(admin + page)).build();
      return client.send(request, BodyHandlers.ofString()).body();
    }
  }

  private int status(String page) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(admin + page)).build();
      return client.send(request, BodyHandlers.discarding()).statusCode();
    }
  }

  private record Answer(CompletableFuture<PublishReply> future)
      implements StreamObserver<PublishReply> {
    @Override
    public void onNext(PublishReply reply) {
      future.complete(reply);
    }

    @Override
    public void onError(Throwable error) {
      future.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {}
  }
}
