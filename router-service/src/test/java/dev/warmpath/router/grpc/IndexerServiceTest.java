package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.BLOCK_SIZE;
import static dev.warmpath.router.fleet.Workers.worker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.ingest.IndexThreads;
import dev.warmpath.indexer.ingest.IndexedTarget;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.indexer.ingest.IngestLimits;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.v1.BlocksStored;
import dev.warmpath.v1.DumpRequest;
import dev.warmpath.v1.IndexerGrpc;
import dev.warmpath.v1.KvEvent;
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
import dev.warmpath.v1.Tier;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IndexerServiceTest {
  private final Ingest ingest =
      new Ingest(IngestLimits.DEFAULT, IndexLimits.DEFAULT, (_, _, _) -> true);
  private final FleetRegistry registry = new FleetRegistry(8, new Indexes(ingest));
  private final List<String> invalidFields = new ArrayList<>();
  private IndexThreads owner;
  private GrpcServer server;
  private ManagedChannel channel;
  private IndexerGrpc.IndexerBlockingStub indexer;

  @BeforeEach
  void start() throws Exception {
    registry.put(worker("w1", "m", 2));
    registry.put(worker("w2"));
    owner = new IndexThreads(ingest);
    await().until(() -> ingest.targets().size() == 3);
    server =
        GrpcServer.start(
            "127.0.0.1",
            0,
            List.of(new IndexerService(registry, ingest, invalidFields::add)),
            Duration.ofMillis(200));
    channel = LiveRouter.channel(server.port());
    indexer = IndexerGrpc.newBlockingStub(channel);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
    owner.close();
  }

  @Test
  void publishedBlocksAreMatchedPerTier() throws Exception {
    PublishReply published =
        publish(
            batch("w1", 1, 1, stored(LiveRouter.tokens(64), Tier.TIER_DEVICE, 11, 12, 13, 14)),
            batch("w2", 0, 1, stored(LiveRouter.tokens(32), Tier.TIER_HOST, 11, 12)));
    assertThat(published.getAccepted()).isEqualTo(2);
    assertThat(published.getRefused()).isZero();

    await().until(() -> match(70).getTargetsCount() == 2);
    MatchReply reply = match(70);
    assertThat(reply.getPromptBlocks()).isEqualTo(4);
    assertThat(reply.getTargetsList())
        .containsExactlyInAnyOrder(overlap("w1", 1, 4, 4), overlap("w2", 0, 0, 2));
  }

  @Test
  void aMalformedBatchOfAStreamSpoilsNoOther() throws Exception {
    KvEventBatch fine = batch("w2", 0, 1, stored(LiveRouter.tokens(16), Tier.TIER_DEVICE, 1));
    PublishReply published =
        publish(
            fine,
            fine.toBuilder().setIncarnation(0).build(),
            batch("w2", 0, 2, stored(LiveRouter.tokens(15), Tier.TIER_DEVICE, 2)),
            batch("w9", 0, 1, stored(LiveRouter.tokens(16), Tier.TIER_DEVICE, 3)),
            batch("w2", 0, 2, stored(LiveRouter.tokens(16), Tier.TIER_DEVICE, 4)));

    assertThat(published.getAccepted()).isEqualTo(2);
    assertThat(published.getRefused()).isEqualTo(3);
    assertThat(published.getLastError()).isEqualTo("no such target: w9/0");
  }

  @Test
  void aDumpPublishedAgainGivesTheSameIndex() throws Exception {
    publish(batch("w1", 0, 1, stored(LiveRouter.tokens(64), Tier.TIER_DEVICE, 11, 12, 13, 14)));
    await().until(() -> stats("w1", 0).getBlocks() == 4);

    List<ResyncPart> parts = new ArrayList<>();
    indexer.dump(DumpRequest.newBuilder().setWorkerId("w1").build()).forEachRemaining(parts::add);

    assertThat(parts).extracting(ResyncPart::getRank).containsExactlyInAnyOrder(0, 1);
    assertThat(parts).allMatch(ResyncPart::getLast);
    ResyncPart full = parts.stream().filter(part -> part.getRank() == 0).findFirst().orElseThrow();
    assertThat(full.getAsOfEventId()).isOne();
    publish(
        KvEventBatch.newBuilder()
            .setModel("m")
            .setWorkerId("w2")
            .setIncarnation(1)
            .setFirstEventId(1)
            .addAllEvents(full.getEventsList())
            .build());
    await().until(() -> stats("w2", 0).getBlocks() == 4);
    assertThat(stats("w2", 0).getDigest()).isEqualTo(stats("w1", 0).getDigest());
  }

  @Test
  void aDumpLargerThanTheCallersWindowArrivesWhole() throws Exception {
    long stored = publishMoreThanAWindow();

    long dumped = 0;
    var parts = indexer.dump(DumpRequest.getDefaultInstance());
    while (parts.hasNext()) {
      dumped += blocks(parts.next());
    }
    assertThat(dumped).isEqualTo(stored);
  }

  @Test
  void theContentOfATargetIsTakenWhenTheCallerHasReadThatBeforeIt() throws Exception {
    publishMoreThanAWindow();
    var parts = indexer.dump(DumpRequest.getDefaultInstance());
    assertThat(parts.next().getWorkerId()).isEqualTo("w1");
    publish(batch("w2", 0, 1, stored(LiveRouter.tokens(32), Tier.TIER_DEVICE, 1, 2)));
    await().until(() -> stats("w2", 0).getBlocks() == 2);

    long ofSecond = 0;
    while (parts.hasNext()) {
      ResyncPart part = parts.next();
      ofSecond += part.getWorkerId().equals("w2") ? blocks(part) : 0;
    }
    assertThat(ofSecond).isEqualTo(2);
  }

  @Test
  void aDumpMakesRoomForAnotherWhenItsCallerEndsOrLeaves() throws Exception {
    publishMoreThanAWindow();
    for (int i = 0; i <= Ingest.MOST_DUMPS; i++) {
      DumpRequest ofOther = DumpRequest.newBuilder().setWorkerId("w2").build();
      await()
          .ignoreExceptions()
          .until(() -> indexer.dump(ofOther).next().getWorkerId().equals("w2"));
      try (CancellableContext leaving = Context.current().withCancellation()) {
        leaving.run(() -> indexer.dump(DumpRequest.getDefaultInstance()).next());
      }
    }
  }

  @Test
  void dumpsBeyondTheirBoundAreRefused() throws Exception {
    publishMoreThanAWindow();
    List<Iterator<ResyncPart>> open = new ArrayList<>();
    for (int i = 0; i < Ingest.MOST_DUMPS; i++) {
      Iterator<ResyncPart> parts = indexer.dump(DumpRequest.getDefaultInstance());
      parts.next();
      open.add(parts);
    }
    assertThatThrownBy(() -> indexer.dump(DumpRequest.getDefaultInstance()).hasNext())
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageStartingWith("RESOURCE_EXHAUSTED");
    assertThat(open).allMatch(Iterator::hasNext);
  }

  @Test
  void aDumpWhoseCallerStopsReadingMakesRoomForAnother() throws Exception {
    publishMoreThanAWindow();
    Duration readWithin = Duration.ofMillis(200);
    try (GrpcServer impatient =
        GrpcServer.start(
            "127.0.0.1",
            0,
            List.of(new IndexerService(registry, ingest, invalidFields::add, readWithin)),
            Duration.ofMillis(200))) {
      ManagedChannel toIt = LiveRouter.channel(impatient.port());
      try {
        List<Iterator<ResyncPart>> open = new ArrayList<>();
        for (int i = 0; i < Ingest.MOST_DUMPS; i++) {
          Iterator<ResyncPart> parts =
              IndexerGrpc.newBlockingStub(toIt).dump(DumpRequest.getDefaultInstance());
          parts.next();
          open.add(parts);
        }
        await().until(() -> ingest.counters().dumpsNotRead() == Ingest.MOST_DUMPS);

        assertThatThrownBy(() -> open.getFirst().forEachRemaining(_ -> {}))
            .isInstanceOf(StatusRuntimeException.class)
            .hasMessageStartingWith("DEADLINE_EXCEEDED");
        assertThat(indexer.dump(DumpRequest.getDefaultInstance()).hasNext()).isTrue();
      } finally {
        toIt.shutdownNow();
      }
    }
  }

  private static long blocks(ResyncPart part) {
    return part.getEventsList().stream()
        .mapToLong(event -> event.getStored().getBlockHashesCount())
        .sum();
  }

  /** Stores on w1/0 what a caller that does not read cannot be sent; returns how many blocks. */
  private long publishMoreThanAWindow() throws Exception {
    int runs = 160;
    int blocks = 2_000;
    List<KvEventBatch> batches = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      BlocksStored.Builder stored =
          BlocksStored.newBuilder().setBlockSize(BLOCK_SIZE).setTier(Tier.TIER_DEVICE);
      LongStream.range(0, blocks).map(i -> i + 1).forEach(stored::addLocalHashes);
      stored.setLocalHashes(0, -1L - run);
      LongStream.range(run * (long) blocks, (run + 1L) * blocks).forEach(stored::addBlockHashes);
      batches.add(batch("w1", 0, run + 1, KvEvent.newBuilder().setStored(stored).build()));
    }
    publish(batches.toArray(KvEventBatch[]::new));
    await().until(() -> stats("w1", 0).getBlocks() == (long) runs * blocks);
    return (long) runs * blocks;
  }

  @Test
  void statsTellWhereEveryTargetStands() throws Exception {
    publish(batch("w2", 0, 1, stored(LiveRouter.tokens(32), Tier.TIER_DEVICE, 1, 2)));
    await().until(() -> stats("w2", 0).getBlocks() == 2);

    TargetStats stats = stats("w2", 0);
    assertThat(stats.getModel()).isEqualTo("m");
    assertThat(stats.getIncarnation()).isEqualTo(1);
    assertThat(stats.getAppliedEventId()).isEqualTo(1);
    assertThat(indexer.stats(StatsRequest.getDefaultInstance()).getTargetsCount()).isEqualTo(3);
  }

  @Test
  void statsSayWhatTheIndexOfAModelTakesAndHolds() throws Exception {
    publish(
        batch("w1", 1, 1, stored(LiveRouter.tokens(64), Tier.TIER_DEVICE, 11, 12, 13, 14)),
        batch("w2", 0, 1, stored(LiveRouter.tokens(32), Tier.TIER_DEVICE, 11, 12)));
    await().until(() -> stats("w2", 0).getBlocks() == 2);

    StatsReply reply = indexer.stats(StatsRequest.getDefaultInstance());
    ModelStats model = reply.getModels(0);
    assertThat(reply.getModelsCount()).isOne();
    assertThat(model.getModel()).isEqualTo("m");
    assertThat(model.getRuns()).isOne();
    assertThat(model.getBlocks()).isEqualTo(4);
    assertThat(model.getMeanRunLength()).isEqualTo(4.0);
    assertThat(model.getMemberships()).isEqualTo(6);
    assertThat(model.getTargets()).isEqualTo(3);
    assertThat(model.getCappedTargets()).isZero();
    assertThat(model.getRunBytes()).isPositive();
    assertThat(model.getCoverageBytes()).isPositive();
    assertThat(model.getSlotTableBytes()).isPositive();
    assertThat(model.getSideTableBytes()).isZero();
    assertThat(reply.getIndexBytes()).isPositive();
    assertThat(reply.getIndexBytesLimit()).isEqualTo(IndexLimits.ANY_BYTES);
  }

  @Test
  void aTargetAtItsBoundIsCappedAndStale() throws Exception {
    ingest.join(new IndexedTarget(7, new TargetId("w3", 0), "m", BLOCK_SIZE, false, 1, 4));
    await().until(() -> ingest.targets().size() == 4);
    ByteString tokens = LiveRouter.tokens(64);
    publish(
        batch("w3", 0, 1, stored(tokens, Tier.TIER_DEVICE, 11, 12, 13, 14)),
        batch("w3", 0, 2, stored(LiveRouter.tokens(16), Tier.TIER_DEVICE, 21)));
    await().until(() -> stats("w3", 0).getCapped());

    assertThat(stats("w3", 0).getStale()).isTrue();
    assertThat(stats("w3", 0).getBlocks()).isEqualTo(4);
    ModelStats model = indexer.stats(StatsRequest.getDefaultInstance()).getModels(0);
    assertThat(model.getCappedTargets()).isOne();
    assertThat(stats("w2", 0).getCapped()).isFalse();
  }

  @Test
  void aMatchIsRefusedByFieldAsARouteIs() {
    StatusRuntimeException e =
        refusal(MatchRequest.newBuilder().setModel("m").setTokenIds(ByteString.EMPTY).build());
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(LiveRouter.errorInfo(e).getMetadataMap()).containsEntry("field", "token_ids");
    assertThat(invalidFields).containsExactly("token_ids");
  }

  @Test
  void aMatchOfAnUnknownModelIsNotFound() {
    StatusRuntimeException e = refusal(MatchRequest.newBuilder().setModel("gpt").build());
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  private StatusRuntimeException refusal(MatchRequest request) {
    StatusRuntimeException e =
        catchThrowableOfType(StatusRuntimeException.class, () -> indexer.match(request));
    assertThat(e).isNotNull();
    return e;
  }

  private MatchReply match(int tokens) {
    return indexer.match(
        MatchRequest.newBuilder().setModel("m").setTokenIds(LiveRouter.tokens(tokens)).build());
  }

  private TargetStats stats(String worker, int rank) {
    return indexer.stats(StatsRequest.getDefaultInstance()).getTargetsList().stream()
        .filter(stats -> stats.getWorkerId().equals(worker) && stats.getRank() == rank)
        .findFirst()
        .orElseThrow();
  }

  private static TargetOverlap overlap(String worker, int rank, int device, int host) {
    return TargetOverlap.newBuilder()
        .setWorkerId(worker)
        .setRank(rank)
        .setDeviceBlocks(device)
        .setHostBlocks(host)
        .setDiskBlocks(host)
        .setExternalBlocks(host)
        .build();
  }

  private static KvEvent stored(ByteString tokens, Tier tier, long... engineHashes) {
    BlocksStored.Builder stored =
        BlocksStored.newBuilder().setTokenIds(tokens).setBlockSize(BLOCK_SIZE).setTier(tier);
    LongStream.of(engineHashes).forEach(stored::addBlockHashes);
    return KvEvent.newBuilder().setStored(stored).build();
  }

  private static KvEventBatch batch(String worker, int rank, long firstEventId, KvEvent event) {
    return KvEventBatch.newBuilder()
        .setModel("m")
        .setWorkerId(worker)
        .setRank(rank)
        .setIncarnation(1)
        .setFirstEventId(firstEventId)
        .addEvents(event)
        .build();
  }

  private PublishReply publish(KvEventBatch... batches) throws Exception {
    CompletableFuture<PublishReply> answer = new CompletableFuture<>();
    StreamObserver<KvEventBatch> stream = IndexerGrpc.newStub(channel).publish(new Answer(answer));
    for (KvEventBatch batch : batches) {
      stream.onNext(batch);
    }
    stream.onCompleted();
    return answer.get(10, TimeUnit.SECONDS);
  }

  private record Answer(CompletableFuture<PublishReply> future)
      implements StreamObserver<PublishReply> {
    @Override
    public void onNext(PublishReply reply) {
      future.complete(reply);
    }

    @Override
    public void onError(Throwable t) {
      future.completeExceptionally(t);
    }

    @Override
    public void onCompleted() {}
  }

  /** Joins the fleet's targets to the index. */
  private record Indexes(Ingest ingest) implements FleetListener {
    @Override
    public void joined(Target target) {
      ingest.join(indexed(target));
    }

    @Override
    public void left(Target target, Runnable released) {
      ingest.leave(indexed(target), released);
    }

    private static IndexedTarget indexed(Target target) {
      return new IndexedTarget(
          target.slot(),
          target.id(),
          target.worker().model(),
          target.worker().blockSize(),
          target.worker().eagle(),
          target.worker().incarnation());
    }
  }
}
