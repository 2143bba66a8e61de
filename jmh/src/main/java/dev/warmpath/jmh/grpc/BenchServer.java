package dev.warmpath.jmh.grpc;

import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.jmh.FilledFleet;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.grpc.GrpcServer;
import dev.warmpath.router.grpc.IndexState;
import dev.warmpath.router.grpc.RouterService;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.RoutingSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The router service over a {@link FilledFleet}, and the echo beside it, in one server as {@code
 * warmpath serve} starts it. Prints its port and serves until standard input ends. A booking lives
 * for {@link #BOOKING_LIFE}: nobody reports on it.
 */
final class BenchServer {
  /** How long a booking stays. */
  static final Duration BOOKING_LIFE = Duration.ofMillis(250);

  private static final long SWEEP_NANOS = Duration.ofMillis(20).toNanos();
  private static final long TOKEN_NANOS = 10_000;

  private BenchServer() {}

  /** Takes the number of targets and of blocks in a prompt. */
  public static void main(String[] args) throws IOException {
    FilledFleet fleet =
        new FilledFleet(
            Integer.parseInt(args[0]),
            Integer.parseInt(args[1]),
            System.nanoTime(),
            TOKEN_NANOS,
            BOOKING_LIFE.toNanos());
    Thread.ofPlatform().daemon().name("expiry").start(() -> expire(fleet.ledger()));
    try (GrpcServer server =
        GrpcServer.start(
            "127.0.0.1", 0, List.of(service(fleet), new EchoService()), Duration.ofMillis(100))) {
      System.out.println(server.port());
      System.in.readAllBytes();
    }
  }

  private static void expire(LoadLedger ledger) {
    while (true) {
      LockSupport.parkNanos(SWEEP_NANOS);
      ledger.expire(System.nanoTime());
    }
  }

  private static RouterService service(FilledFleet fleet) {
    ShardedIndex index = ShardedIndex.of(fleet.index());
    RoutingSettings settings = RoutingSettings.of(Policies.KV);
    return new RouterService(
        fleet.registry(),
        fleet.router(),
        fleet.ledger(),
        new IndexState(_ -> index, _ -> false, _ -> System.nanoTime()),
        () -> settings,
        1,
        System::nanoTime,
        _ -> {});
  }
}
