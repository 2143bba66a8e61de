package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.BLOCK_SIZE;
import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.Placements;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Router;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.Sessions;
import dev.warmpath.v1.RouteRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** A router service that listens on a loopback port, and a channel to it. */
final class LiveRouter implements AutoCloseable {
  private static final int MAX_TARGETS = 64;

  final LoadLedger ledger;
  final FleetRegistry registry;
  final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  final Set<Integer> staleSlots = new HashSet<>();
  final Map<Integer, Long> heardNanos = new ConcurrentHashMap<>();
  final AtomicLong nowNanos = new AtomicLong();
  final AtomicReference<RoutingSettings> settings =
      new AtomicReference<>(RoutingSettings.of(Policies.KV));
  final LongAdder timedRoutes = new LongAdder();
  final RouterService service;
  final GrpcServer server;
  final ManagedChannel channel;

  LiveRouter(int maxBookings, Worker... workers) throws IOException {
    ledger = new LoadLedger(new LedgerLimits(MAX_TARGETS, maxBookings, 1_000), 1);
    registry = new FleetRegistry(MAX_TARGETS, new ReleasesAtOnce(ledger));
    for (Worker worker : workers) {
      registry.put(worker);
    }
    service =
        new RouterService(
            registry,
            new Router(
                ledger,
                target -> registry.current().serves(target),
                staleSlots::contains,
                new Sessions(64, 0),
                Placements.UNHEARD),
            ledger,
            new IndexState(
                model -> model.equals("m") ? ShardedIndex.of(index) : null,
                staleSlots::contains,
                slot -> heardNanos.getOrDefault(slot, Ingest.NEVER_HEARD)),
            settings::get,
            7,
            nowNanos::get,
            _ -> timedRoutes.increment());
    server = GrpcServer.start("127.0.0.1", 0, List.of(service), Duration.ofMillis(200));
    channel = channel(server.port());
  }

  static ManagedChannel channel(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  int slot(String worker) {
    return registry.current().targets().stream()
        .filter(target -> target.worker().id().equals(worker))
        .findFirst()
        .orElseThrow()
        .slot();
  }

  /** Lets a worker hold the leading blocks of {@link #tokens}. */
  void hold(String worker, int blocks) {
    long[] local = new long[blocks];
    new BlockHasher(BLOCK_SIZE, false)
        .localHashes(tokens(blocks * BLOCK_SIZE).toByteArray(), BlockSeed.BASE, local);
    index.apply(slot(worker), KvEvent.Stored.root(local, local, Tier.DEVICE), 0);
  }

  /** The tokens 0, 1, 2, ... as a request carries them. */
  static ByteString tokens(int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int token = 0; token < count; token++) {
      bytes.putInt(token);
    }
    return ByteString.copyFrom(bytes.flip());
  }

  static RouteRequest request(int tokens) {
    return RouteRequest.newBuilder().setModel("m").setTokenIds(tokens(tokens)).build();
  }

  static ErrorInfo errorInfo(StatusRuntimeException e) {
    try {
      return requireNonNull(StatusProto.fromThrowable(e)).getDetails(0).unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException broken) {
      throw new AssertionError(broken);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.close();
  }

  private record ReleasesAtOnce(LoadLedger ledger) implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {
      ledger.releaseSlot(target.slot(), 0);
      released.run();
    }
  }
}
