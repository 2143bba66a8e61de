package dev.warmpath.router.grpc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.v1.FleetReply;
import dev.warmpath.v1.KvEvents;
import dev.warmpath.v1.RepeatedStores;
import dev.warmpath.v1.TargetStatus;
import dev.warmpath.v1.WorkerInfo;
import dev.warmpath.v1.WorkerStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The fleet and its load as messages. Any thread. */
final class FleetReplies {
  private final LoadLedger ledger;
  private final Function<String, @Nullable ShardedIndex> indexes;
  private final IntPredicate stale;
  private final Supplier<RoutingSettings> settings;
  private final LongSupplier nowNanos;

  FleetReplies(
      LoadLedger ledger,
      Function<String, @Nullable ShardedIndex> indexes,
      IntPredicate stale,
      Supplier<RoutingSettings> settings,
      LongSupplier nowNanos) {
    this.ledger = ledger;
    this.indexes = indexes;
    this.stale = stale;
    this.settings = settings;
    this.nowNanos = nowNanos;
  }

  /** Ids of the workers that the operator drains. */
  Set<String> drainedWorkers() {
    return settings.get().drainingWorkers();
  }

  /**
   * The fleet as it stands.
   *
   * @param model only the workers of this model; empty for all
   */
  FleetReply fleet(Fleet fleet, String model) {
    Set<String> drained = drainedWorkers();
    Map<String, WorkerStatus.Builder> workers = new LinkedHashMap<>();
    for (Target target : fleet.targets()) {
      Worker worker = target.worker();
      if (model.isEmpty() || model.equals(worker.model())) {
        workers
            .computeIfAbsent(
                worker.id(),
                id ->
                    WorkerStatus.newBuilder()
                        .setInfo(info(worker))
                        .setDraining(worker.draining() || drained.contains(id)))
            .addRanks(status(target));
      }
    }
    FleetReply.Builder reply = FleetReply.newBuilder().setVersion(fleet.version());
    workers.values().forEach(reply::addWorkers);
    return reply.build();
  }

  private TargetStatus status(Target target) {
    ShardedIndex index = indexes.apply(target.worker().model());
    int slot = target.slot();
    long now = nowNanos.getAsLong();
    TargetStatus.Builder status =
        TargetStatus.newBuilder()
            .setRank(target.rank())
            .setIndexedBlocks(index == null ? 0 : index.heldBlocks(slot))
            .setStale(stale.test(slot))
            .setQueuedPrefillTokens(ledger.queuedPrefillTokens(slot, now))
            .setActiveBlocks(ledger.activeBlocks(slot, now))
            .setActiveRequests((int) ledger.activeRequests(slot, now))
            .setGrowthBlocks(ledger.growthBlocks(slot));
    long ageNanos = ledger.reportedAgeNanos(slot, now);
    if (ageNanos != LoadLedger.NOT_REPORTED) {
      status.setLoadReportAgeMs(NANOSECONDS.toMillis(ageNanos));
    }
    return status.build();
  }

  /** All that a worker announced. */
  static WorkerInfo info(Worker worker) {
    WorkerInfo.Builder info =
        WorkerInfo.newBuilder()
            .setWorkerId(worker.id())
            .setAddress(worker.address())
            .setModel(worker.model())
            .setRole(role(worker.role()))
            .setBlockSize(worker.blockSize())
            .setRanks(worker.ranks())
            .setKvBlocksPerRank(worker.kvBlocksPerRank())
            .setMaxBatchRequests(worker.maxBatchRequests())
            .setMaxBatchTokens(worker.maxBatchTokens())
            .putAllLabels(worker.labels())
            .setIncarnation(worker.incarnation())
            .setEagle(worker.eagle())
            .setDraining(worker.draining())
            .setKvBytesPerBlock(worker.handOver().bytesPerBlock())
            .setBootstrapHost(worker.handOver().bootstrapHost())
            .setBootstrapPort(worker.handOver().bootstrapPort())
            .setRepeatedStores(repeatedStores(worker))
            .setKvEvents(
                worker.publishesEvents() ? KvEvents.KV_EVENTS_PUBLISHED : KvEvents.KV_EVENTS_NONE)
            .setPrefillTokensPerSecond(worker.costs().prefillTokensPerSecond())
            .setPrefillMsPerRequest(worker.costs().prefillMillisPerRequest());
    worker.costs().hostFetchMillisPerBlock().ifPresent(info::setHostFetchMsPerBlock);
    worker.costs().diskFetchMillisPerBlock().ifPresent(info::setDiskFetchMsPerBlock);
    worker.costs().decodeInterference().ifPresent(info::setDecodeInterference);
    worker.loraNames().stream().sorted().forEach(info::addLoraNames);
    worker.tiers().stream().sorted().map(FleetReplies::tier).forEach(info::addTiers);
    return info.build();
  }

  private static RepeatedStores repeatedStores(Worker worker) {
    return switch (worker.repeatedStores()) {
      case COPIES -> RepeatedStores.REPEATED_STORES_COPIES;
      case TOLD_AGAIN -> RepeatedStores.REPEATED_STORES_TOLD_AGAIN;
    };
  }

  static dev.warmpath.v1.Target target(Target target) {
    return dev.warmpath.v1.Target.newBuilder()
        .setWorkerId(target.worker().id())
        .setAddress(target.worker().address())
        .setRank(target.rank())
        .build();
  }

  static dev.warmpath.v1.Role role(Role role) {
    return switch (role) {
      case AGGREGATED -> dev.warmpath.v1.Role.ROLE_AGGREGATED;
      case PREFILL -> dev.warmpath.v1.Role.ROLE_PREFILL;
      case DECODE -> dev.warmpath.v1.Role.ROLE_DECODE;
    };
  }

  private static dev.warmpath.v1.Tier tier(Tier tier) {
    return switch (tier) {
      case DEVICE -> dev.warmpath.v1.Tier.TIER_DEVICE;
      case HOST -> dev.warmpath.v1.Tier.TIER_HOST;
      case DISK -> dev.warmpath.v1.Tier.TIER_DISK;
      case EXTERNAL -> dev.warmpath.v1.Tier.TIER_EXTERNAL;
    };
  }
}
