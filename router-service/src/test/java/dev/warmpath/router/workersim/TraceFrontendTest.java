package dev.warmpath.router.workersim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.router.replay.EngineSpeed;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceRequest;
import dev.warmpath.v1.GenerateReply;
import dev.warmpath.v1.GenerateRequest;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.LifecycleReport.KindCase;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc.RouterImplBase;
import dev.warmpath.v1.SimulatedWorkerGrpc.SimulatedWorkerImplBase;
import dev.warmpath.v1.Target;
import dev.warmpath.v1.TrackReply;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A frontend between a scripted router and workers that answer, fail, or stop half way. */
class TraceFrontendTest {
  private static final int BLOCK_SIZE = 16;
  private static final Duration PAUSE = Duration.ofMillis(1);
  private static final FrontendOptions PATIENT =
      new FrontendOptions("m", "", Duration.ofSeconds(30), PAUSE);

  private final EngineClock clock = new EngineClock(System::nanoTime, 10);
  private final SimulatedEngine engine =
      new SimulatedEngine(1, 100, BLOCK_SIZE, new EngineSpeed(1e6, 1_000, 8), 1, (_, _) -> {});
  private final EngineThread thread = new EngineThread(List.of(engine), clock);
  private final ScriptedRouter router = new ScriptedRouter();
  private final Deque<Server> servers = new ArrayDeque<>();

  @SuppressWarnings("NullAway.Init")
  private ManagedChannel channel;

  private String good = "";

  @BeforeEach
  void start() throws IOException {
    good =
        serve(
            new SimulatedWorkerService(
                engine, new BlockHasher(BLOCK_SIZE, false), clock, thread::wake));
    String address = serve(router);
    channel = NettyChannelBuilder.forTarget(address).usePlaintext().build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    for (Server server : servers) {
      server.shutdownNow().awaitTermination();
    }
    thread.close();
  }

  @Test
  void everyRequestIsRoutedAnsweredAndReported() throws Exception {
    router.otherwise = good;
    AtomicInteger ended = new AtomicInteger();

    LiveReport report = send(trace(5), PATIENT, ended::incrementAndGet);

    assertThat(report.answered()).isEqualTo(5);
    assertThat(report.retried()).isZero();
    assertThat(ended).hasValue(5);
    assertThat(report.requests().get(4).cachedTokens()).isEqualTo(32);
    assertThat(report.tokenHitRate()).isPositive();
    await().until(() -> router.ended.get() == 5);
    for (long booking = 1; booking <= 5; booking++) {
      assertThat(router.kinds(booking))
          .startsWith(KindCase.ATTACHED, KindCase.FIRST_TOKEN)
          .endsWith(KindCase.FINISHED);
    }
  }

  @Test
  void aRequestWhoseWorkerFailsIsRoutedAnewAndTheFailureReported() throws Exception {
    router.script.add(serve(new Failing()));
    router.otherwise = good;

    LiveReport report = send(trace(1), PATIENT, () -> {});

    LiveRequest request = report.requests().getFirst();
    assertThat(request.answered()).isTrue();
    assertThat(request.attempts()).isEqualTo(2);
    assertThat(request.lastError()).isEmpty();
    assertThat(report.retried()).isEqualTo(1);
    await().until(() -> router.ended.get() == 2);
    assertThat(router.kinds(1)).containsExactly(KindCase.ATTACHED, KindCase.FAILED);
    assertThat(router.kinds(2)).endsWith(KindCase.FINISHED);
    assertThat(router.failureOf(1)).isEqualTo("RESOURCE_EXHAUSTED");
  }

  @Test
  void aWorkerThatIsGoneIsAFailureToo() throws Exception {
    String gone = serve(new Failing());
    servers.removeLast().shutdownNow().awaitTermination();
    router.script.add(gone);
    router.otherwise = good;

    LiveReport report = send(trace(1), PATIENT, () -> {});

    assertThat(report.requests().getFirst().answered()).isTrue();
    assertThat(report.requests().getFirst().attempts()).isEqualTo(2);
    await().until(() -> router.ended.get() == 2);
    assertThat(router.failureOf(1)).isEqualTo("UNAVAILABLE");
  }

  @Test
  void anAnswerThatEndsBeforeItsLastTokenIsAFailure() throws Exception {
    router.script.add(serve(new HalfWay()));
    router.otherwise = good;

    LiveReport report = send(trace(1), PATIENT, () -> {});

    assertThat(report.requests().getFirst().attempts()).isEqualTo(2);
    await().until(() -> router.ended.get() == 2);
    assertThat(router.kinds(1))
        .containsExactly(KindCase.ATTACHED, KindCase.FIRST_TOKEN, KindCase.FAILED);
  }

  @Test
  void aRouterThatRefusesIsAskedAgain() throws Exception {
    router.refusals.set(3);
    router.otherwise = good;

    LiveReport report = send(trace(1), PATIENT, () -> {});

    assertThat(report.requests().getFirst().answered()).isTrue();
    assertThat(report.requests().getFirst().attempts()).isEqualTo(4);
  }

  @Test
  void itGivesUpWhenTheTimeForRetriesIsOver() throws Exception {
    router.otherwise = serve(new Failing());
    FrontendOptions options = new FrontendOptions("m", "", Duration.ofMillis(100), PAUSE);

    LiveReport report = send(trace(1), options, () -> {});

    LiveRequest request = report.requests().getFirst();
    assertThat(request.answered()).isFalse();
    assertThat(request.attempts()).isGreaterThan(1);
    assertThat(request.lastError()).contains("RESOURCE_EXHAUSTED").contains("no room");
    assertThat(report.answered()).isZero();
    assertThat(report.tokenHitRate()).isZero();
    await().until(() -> router.ended.get() == request.attempts());
  }

  @Test
  void withoutTimeForRetriesThereIsOneAttempt() throws Exception {
    router.otherwise = serve(new Failing());

    LiveReport report =
        send(trace(3), new FrontendOptions("m", "", Duration.ZERO, PAUSE), () -> {});

    assertThat(report.requests()).extracting(LiveRequest::attempts).containsOnly(1);
    assertThat(report.answered()).isZero();
  }

  private LiveReport send(Trace trace, FrontendOptions options, Runnable onEachEnd)
      throws InterruptedException {
    try (TraceFrontend frontend = new TraceFrontend(channel, clock, options)) {
      return frontend.run(trace, onEachEnd);
    }
  }

  /** Requests with a shared prefix of two blocks, 20 ms of engine time apart. */
  private static Trace trace(int requests) {
    long gapNanos = Duration.ofMillis(20).toNanos();
    return new Trace(
        BLOCK_SIZE,
        IntStream.range(0, requests)
            .mapToObj(
                i -> new TraceRequest(i * gapNanos, new Prompt(48, new long[] {1, 2, 100 + i}), 3))
            .toList());
  }

  private String serve(BindableService service) throws IOException {
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(service)
            .build()
            .start();
    servers.addLast(server);
    return "127.0.0.1:" + server.getPort();
  }

  /** Names the scripted worker addresses in turn, then always the same; books with ids from 1. */
  private static final class ScriptedRouter extends RouterImplBase {
    final Queue<String> script = new ConcurrentLinkedQueue<>();
    final AtomicInteger refusals = new AtomicInteger();
    final AtomicInteger ended = new AtomicInteger();
    final Queue<LifecycleReport> reports = new ConcurrentLinkedQueue<>();
    volatile String otherwise = "";
    private final AtomicLong bookings = new AtomicLong();

    List<KindCase> kinds(long booking) {
      return of(booking).stream().map(LifecycleReport::getKindCase).toList();
    }

    String failureOf(long booking) {
      return of(booking).getLast().getFailed().getReason();
    }

    private List<LifecycleReport> of(long booking) {
      return reports.stream().filter(report -> report.getBookingId() == booking).toList();
    }

    @Override
    public void route(RouteRequest request, StreamObserver<RouteReply> replies) {
      if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        replies.onError(Status.UNAVAILABLE.withDescription("no target").asRuntimeException());
        return;
      }
      String scripted = script.poll();
      String address = scripted == null ? otherwise : scripted;
      replies.onNext(
          RouteReply.newBuilder()
              .setTarget(Target.newBuilder().setWorkerId(address).setAddress(address))
              .setBookingId(bookings.incrementAndGet())
              .build());
      replies.onCompleted();
    }

    @Override
    public StreamObserver<LifecycleReport> track(StreamObserver<TrackReply> replies) {
      return new StreamObserver<>() {
        @Override
        public void onNext(LifecycleReport report) {
          reports.add(report);
        }

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {
          ended.incrementAndGet();
          replies.onNext(TrackReply.getDefaultInstance());
          replies.onCompleted();
        }
      };
    }
  }

  /** Has no room for anybody. */
  private static final class Failing extends SimulatedWorkerImplBase {
    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateReply> replies) {
      replies.onError(Status.RESOURCE_EXHAUSTED.withDescription("no room").asRuntimeException());
    }
  }

  /** Ends in good order after its first token. */
  private static final class HalfWay extends SimulatedWorkerImplBase {
    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateReply> replies) {
      replies.onNext(GenerateReply.newBuilder().setOutputTokens(1).build());
      replies.onCompleted();
    }
  }
}
