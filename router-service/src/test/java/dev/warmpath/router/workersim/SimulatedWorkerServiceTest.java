package dev.warmpath.router.workersim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.router.replay.EngineSpeed;
import dev.warmpath.v1.GenerateReply;
import dev.warmpath.v1.GenerateRequest;
import dev.warmpath.v1.SimulatedWorkerGrpc;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One engine behind gRPC on a loopback port. */
class SimulatedWorkerServiceTest {
  private static final int BLOCK_SIZE = 16;
  private static final int RANKS = 2;
  private static final EngineSpeed SPEED =
      new EngineSpeed(1e6, Duration.ofMillis(20).toNanos(), EngineSpeed.UNLIMITED);

  private final AtomicInteger wakes = new AtomicInteger();
  private final AtomicInteger events = new AtomicInteger();
  private final EngineClock clock = new EngineClock(System::nanoTime, 10);
  private final SimulatedEngine engine =
      new SimulatedEngine(RANKS, 100, BLOCK_SIZE, SPEED, 1, (_, _) -> events.incrementAndGet());
  private final EngineThread thread = new EngineThread(List.of(engine), clock);

  @SuppressWarnings("NullAway.Init")
  private Server server;

  @SuppressWarnings("NullAway.Init")
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    Runnable wake =
        () -> {
          wakes.incrementAndGet();
          thread.wake();
        };
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .directExecutor()
            .addService(
                new SimulatedWorkerService(engine, new BlockHasher(BLOCK_SIZE, false), clock, wake))
            .build()
            .start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
    server.shutdownNow().awaitTermination();
    thread.close();
  }

  @Test
  void anAnswerBeginsWithItsFirstTokenAndEndsFinished() {
    List<GenerateReply> first = generate(request(33, 5));
    assertThat(first.getFirst()).isEqualTo(GenerateReply.newBuilder().setOutputTokens(1).build());
    assertThat(first.getLast())
        .isEqualTo(GenerateReply.newBuilder().setOutputTokens(5).setFinished(true).build());

    List<GenerateReply> again = generate(request(40, 1));
    assertThat(again.getFirst().getCachedTokens()).isEqualTo(32);
    assertThat(wakes).hasValue(2);
  }

  @Test
  void anotherRankAdapterOrSaltFindsNothingCached() {
    generate(request(32, 1));
    Stream.of(
            request(33, 1).toBuilder().setRank(1),
            request(33, 1).toBuilder().setLoraName("sql"),
            request(33, 1).toBuilder().setCacheSalt("tenant"))
        .forEach(
            other -> assertThat(generate(other.build()).getFirst().getCachedTokens()).isZero());
  }

  @Test
  void longAnswersReportTheirProgress() {
    List<GenerateReply> replies = generate(request(16, 400));

    assertThat(replies).hasSizeGreaterThan(2);
    assertThat(replies).extracting(GenerateReply::getOutputTokens).isSorted();
    assertThat(replies.stream().filter(GenerateReply::getFinished)).hasSize(1);
  }

  static List<Arguments> invalidRequests() {
    GenerateRequest good = request(16, 1);
    return List.of(
        arguments(good.toBuilder().setRank(RANKS).build(), "rank must be below 2: 2"),
        arguments(good.toBuilder().setRank(-1).build(), "rank must be below 2: 4294967295"),
        arguments(
            good.toBuilder().setTokenIds(ByteString.EMPTY).build(),
            "token_ids must be a positive multiple of 4 bytes: 0"),
        arguments(
            good.toBuilder().setTokenIds(ByteString.copyFrom(new byte[63])).build(),
            "token_ids must be a positive multiple of 4 bytes: 63"),
        arguments(
            good.toBuilder().setOutputTokens(0).build(), "output_tokens must be at least 1: 0"),
        arguments(
            good.toBuilder().setOutputTokens(-7).build(),
            "output_tokens must be at least 1: 4294967289"));
  }

  @ParameterizedTest
  @MethodSource("invalidRequests")
  void anInvalidRequestIsRefusedByFieldAndTheEngineNeverSeesIt(
      GenerateRequest request, String description) {
    StatusRuntimeException e =
        catchThrowableOfType(StatusRuntimeException.class, () -> generate(request));

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(e.getStatus().getDescription()).isEqualTo(description);
    assertThat(engine.activeRequests()).isZero();
    assertThat(wakes).hasValue(0);
    assertThat(generate(request(16, 2)).getLast().getFinished()).isTrue();
  }

  @Test
  void aCancelledCallHarmsNothing() {
    Context.CancellableContext caller = Context.current().withCancellation();
    caller.run(() -> {
      Iterator<GenerateReply> cancelled = stub().generate(request(64, 60));
      assertThat(cancelled.next().getOutputTokens()).isEqualTo(1);
    });
    caller.cancel(null);

    assertThat(generate(request(65, 3)))
        .satisfies(replies -> {
          assertThat(replies.getFirst().getCachedTokens()).isEqualTo(64);
          assertThat(replies.getLast().getFinished()).isTrue();
        });
    await().untilAsserted(() -> assertThat(engine.activeRequests()).isZero());
    assertThat(generate(request(16, 1)).getLast().getFinished()).isTrue();
  }

  private List<GenerateReply> generate(GenerateRequest request) {
    List<GenerateReply> replies = new ArrayList<>();
    stub().generate(request).forEachRemaining(replies::add);
    return replies;
  }

  private SimulatedWorkerGrpc.SimulatedWorkerBlockingStub stub() {
    return SimulatedWorkerGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  /** The tokens 0, 0, 0, ... on rank 0. */
  private static GenerateRequest request(int tokens, int outputTokens) {
    return GenerateRequest.newBuilder()
        .setTokenIds(ByteString.copyFrom(new byte[tokens * Integer.BYTES]))
        .setOutputTokens(outputTokens)
        .build();
  }
}
