package dev.warmpath.router.grpc;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexStats;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.indexer.ingest.TargetState;
import dev.warmpath.indexer.ingest.WireIntake;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.v1.DumpRequest;
import dev.warmpath.v1.IndexerGrpc;
import dev.warmpath.v1.KvEventBatch;
import dev.warmpath.v1.MatchReply;
import dev.warmpath.v1.MatchRequest;
import dev.warmpath.v1.ModelStats;
import dev.warmpath.v1.PublishReply;
import dev.warmpath.v1.ResyncPart;
import dev.warmpath.v1.StatsReply;
import dev.warmpath.v1.StatsRequest;
import dev.warmpath.v1.TargetOverlap;
import dev.warmpath.v1.TargetStats;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The gRPC service {@code warmpath.v1.Indexer}. Any thread; no call blocks, so it runs on the
 * transport's threads. Refusals are gRPC errors as router.proto lists them.
 */
public final class IndexerService extends IndexerGrpc.IndexerImplBase {
  /** How long the owner of the index may take to answer. */
  private static final long ANSWER_SECONDS = 10;

  private final FleetRegistry registry;
  private final Ingest ingest;
  private final WireIntake intake;
  private final Consumer<String> invalidField;
  private final Duration readWithin;

  /**
   * @param registry knows the fleet
   * @param ingest owns the index
   * @param invalidField hears of the field for which a request is refused; any thread
   */
  public IndexerService(FleetRegistry registry, Ingest ingest, Consumer<String> invalidField) {
    this(registry, ingest, invalidField, DumpStream.READ_WITHIN);
  }

  /**
   * @param readWithin how long the caller of a dump may take until it reads on
   */
  IndexerService(
      FleetRegistry registry, Ingest ingest, Consumer<String> invalidField, Duration readWithin) {
    this.registry = registry;
    this.ingest = ingest;
    this.intake = new WireIntake(ingest);
    this.invalidField = invalidField;
    this.readWithin = readWithin;
  }

  @Override
  public void match(MatchRequest request, StreamObserver<MatchReply> reply) {
    Unary.answer(reply, invalidField, () -> match(request));
  }

  private MatchReply match(MatchRequest request) throws InvalidFieldException {
    Fields.checkModel(request.getModel());
    Fleet fleet = registry.current();
    ModelTargets targets = fleet.model(request.getModel());
    if (targets == null) {
      throw GrpcErrors.unknownModel(request.getModel(), fleet.models());
    }
    Scratch scratch = Scratch.ofThread();
    Prompt prompt = PromptDecoder.decode(request, targets.hasher(), scratch);
    MatchReply.Builder reply = MatchReply.newBuilder().setPromptBlocks(prompt.blocks());
    ShardedIndex index = ingest.index(request.getModel());
    if (index != null) {
      index.match(prompt.localHashes(), prompt.blocks(), scratch.overlaps());
      addOverlaps(reply, targets.aggregated(), scratch.overlaps());
      addOverlaps(reply, targets.prefill(), scratch.overlaps());
      addOverlaps(reply, targets.decode(), scratch.overlaps());
    }
    return reply.build();
  }

  private static void addOverlaps(
      MatchReply.Builder reply, List<Target> targets, Overlaps overlaps) {
    for (Target target : targets) {
      int slot = target.slot();
      if (overlaps.blocks(slot, Tier.EXTERNAL) > 0) {
        reply.addTargets(
            TargetOverlap.newBuilder()
                .setWorkerId(target.worker().id())
                .setRank(target.rank())
                .setDeviceBlocks(overlaps.blocks(slot, Tier.DEVICE))
                .setHostBlocks(overlaps.blocks(slot, Tier.HOST))
                .setDiskBlocks(overlaps.blocks(slot, Tier.DISK))
                .setExternalBlocks(overlaps.blocks(slot, Tier.EXTERNAL)));
      }
    }
  }

  @Override
  public StreamObserver<KvEventBatch> publish(StreamObserver<PublishReply> reply) {
    return new PublishStream(intake, reply);
  }

  @Override
  public void dump(DumpRequest request, StreamObserver<ResyncPart> reply) {
    var call = (ServerCallStreamObserver<ResyncPart>) reply;
    DumpStream.start(ingest, request.getWorkerId(), call, readWithin);
  }

  @Override
  public void stats(StatsRequest request, StreamObserver<StatsReply> reply) {
    CompletableFuture<List<TargetState>> asked = ingest.states();
    ((ServerCallStreamObserver<StatsReply>) reply).setOnCancelHandler(() -> asked.cancel(false));
    var _ =
        asked
            .orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS)
            .whenComplete((states, failure) -> {
              if (failure == null) {
                reply.onNext(stats(states));
                reply.onCompleted();
              } else {
                reply.onError(GrpcErrors.noAnswer(failure));
              }
            });
  }

  private StatsReply stats(List<TargetState> states) {
    StatsReply.Builder reply =
        StatsReply.newBuilder()
            .setInboxBatches(ingest.inboxBatches())
            .setIndexBytes(ingest.budget().taken())
            .setIndexBytesLimit(ingest.budget().limit());
    ingest.stats().forEach((model, stats) -> reply.addModels(stats(model, stats)));
    for (TargetState state : states) {
      reply.addTargets(
          TargetStats.newBuilder()
              .setModel(state.model())
              .setWorkerId(state.id().workerId())
              .setRank(state.id().rank())
              .setIncarnation(state.incarnation())
              .setAppliedEventId(state.appliedEventId())
              .setBlocks(state.blocks())
              .setParkedBlocks(state.parkedBlocks())
              .setDigest(state.digest())
              .setStale(state.stale())
              .setCapped(state.capped()));
    }
    return reply.build();
  }

  private static ModelStats stats(String model, IndexStats stats) {
    return ModelStats.newBuilder()
        .setModel(model)
        .setRunBytes(stats.runBytes())
        .setCoverageBytes(stats.coverageBytes())
        .setSlotTableBytes(stats.slotTableBytes())
        .setSideTableBytes(stats.sideTableBytes())
        .setRuns(stats.runs())
        .setBlocks(stats.blocks())
        .setMeanRunLength(stats.meanRunLength())
        .setMemberships(stats.memberships())
        .setTargets(stats.targets())
        .setCappedTargets(stats.cappedTargets())
        .build();
  }
}
