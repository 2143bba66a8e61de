package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.Policies;
import dev.warmpath.v1.FirstToken;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A router whose only target takes no request while a prompt token waits there. */
class WaitingSystemTest {
  private static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

  @TempDir Path folder;

  @Test
  void aCallWaitsWithoutHoldingUpOthersUntilTheTargetIsFree() throws Exception {
    Path routing = folder.resolve("routing.yaml");
    Files.writeString(
        routing,
        """
        defaults:
          limits: {max_queued_prefill_tokens: 0}
          waiting: {max_requests: 10, max_wait_ms: 60000}
        """);
    try (RouterNode router = RouterNode.start(options(routing), new SplittableRandom(1))) {
      router.registry().put(Worker.aggregated("w", "a:1", "m", 64, 1, 1));
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", router.grpcPort()).usePlaintext().build();
      RouteReply first = RouterGrpc.newBlockingStub(channel).route(request());
      Future<RouteReply> second = RouterGrpc.newFutureStub(channel).route(request());
      await().until(() -> router.waitingRequests() == 1);
      assertThat(second).isNotDone();

      RouterGrpc.newBlockingStub(channel)
          .report(
              LifecycleReport.newBuilder()
                  .setBookingId(first.getBookingId())
                  .setFirstToken(FirstToken.getDefaultInstance())
                  .build());
      assertThat(second.get(20, TimeUnit.SECONDS).getTarget().getWorkerId()).isEqualTo("w");
      assertThat(router.waitingRequests()).isZero();
      channel.shutdownNow();
    }
  }

  private static RouteRequest request() {
    return RouteRequest.newBuilder().setModel("m").setPromptTokens(32).build();
  }

  private static RouterOptions options(Path routing) {
    return new RouterOptions(
        ANY_PORT,
        ANY_PORT,
        null,
        null,
        null,
        Policies.KV,
        routing,
        LedgerLimits.DEFAULT,
        IndexBounds.standard());
  }
}
