package dev.warmpath.indexer.ingest;

import static dev.warmpath.indexer.ingest.WireLimits.check;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.v1.BlocksRemoved;
import dev.warmpath.v1.BlocksStored;
import dev.warmpath.v1.CacheCleared;
import dev.warmpath.v1.KvEventBatch;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.ArrayList;
import java.util.List;

/**
 * Event batches from wire to values and back. What comes from the wire is checked in full; whatever
 * breaks the contract raises a {@link MalformedEventException}. Stateless; any thread.
 */
public final class KvEventCodec {
  private static final dev.warmpath.v1.KvEvent CLEARED =
      dev.warmpath.v1.KvEvent.newBuilder().setCleared(CacheCleared.getDefaultInstance()).build();

  private KvEventCodec() {}

  /**
   * Parses a batch, refusing oversized ones first.
   *
   * @throws MalformedEventException if it is longer than 8 MiB or no batch
   */
  public static KvEventBatch parse(byte[] payload) throws MalformedEventException {
    WireLimits.checkSize(payload.length);
    try {
      return KvEventBatch.parseFrom(payload);
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedEventException(
          "message of %d bytes is no KvEventBatch: %s".formatted(payload.length, e.getMessage()),
          e);
    }
  }

  /**
   * Whose events a batch carries.
   *
   * @throws MalformedEventException if worker_id or rank is out of range
   */
  public static TargetId target(KvEventBatch batch) throws MalformedEventException {
    return WireLimits.target(batch.getWorkerId(), batch.getRank());
  }

  /**
   * A batch as values; hashes tokens where the worker did not.
   *
   * @param target the joined target that the batch is of
   * @throws MalformedEventException if a field breaks the contract or does not fit the target
   */
  public static EventBatch decode(KvEventBatch batch, IndexedTarget target)
      throws MalformedEventException {
    checkHeader(batch);
    List<KvEvent> events = new ArrayList<>(batch.getEventsCount());
    for (dev.warmpath.v1.KvEvent event : batch.getEventsList()) {
      events.add(decode(event, target));
    }
    return new EventBatch(
        batch.getModel(), target(batch), batch.getIncarnation(), batch.getFirstEventId(), events);
  }

  private static void checkHeader(KvEventBatch batch) throws MalformedEventException {
    WireLimits.checkName("model", batch.getModel());
    WireLimits.checkIncarnation(batch.getIncarnation());
    check(
        batch.getFirstEventId() >= 1 && batch.getFirstEventId() < Long.MAX_VALUE / 2,
        "first_event_id is out of range: %s",
        Long.toUnsignedString(batch.getFirstEventId()));
    check(
        batch.getEventsCount() <= WireLimits.EVENTS,
        "events: %d, the limit is %d",
        batch.getEventsCount(),
        WireLimits.EVENTS);
  }

  static KvEvent decode(dev.warmpath.v1.KvEvent event, IndexedTarget target)
      throws MalformedEventException {
    return switch (event.getKindCase()) {
      case STORED -> BlocksStoredDecoder.decode(event.getStored(), target);
      case REMOVED -> decode(event.getRemoved());
      case CLEARED -> new KvEvent.Cleared();
      case KIND_NOT_SET -> throw new MalformedEventException("event has no kind that is known");
    };
  }

  private static KvEvent decode(BlocksRemoved removed) throws MalformedEventException {
    checkBlocks(removed.getBlockHashesCount());
    return new KvEvent.Removed(
        longs(removed.getBlockHashesList()), tier(removed.getTier(), removed.getTierValue()));
  }

  static void checkBlocks(int blocks) throws MalformedEventException {
    check(
        blocks >= 1 && blocks <= WireLimits.BLOCKS,
        "block_hashes must be 1 to %d: %d",
        WireLimits.BLOCKS,
        blocks);
  }

  static long[] longs(List<Long> list) {
    long[] longs = new long[list.size()];
    for (int i = 0; i < longs.length; i++) {
      longs[i] = list.get(i);
    }
    return longs;
  }

  static Tier tier(dev.warmpath.v1.Tier tier, int number) throws MalformedEventException {
    return switch (tier) {
      case TIER_UNSPECIFIED, TIER_DEVICE -> Tier.DEVICE;
      case TIER_HOST -> Tier.HOST;
      case TIER_DISK -> Tier.DISK;
      case TIER_EXTERNAL -> Tier.EXTERNAL;
      case UNRECOGNIZED -> throw new MalformedEventException("tier is unknown: " + number);
    };
  }

  /**
   * A batch for the wire, with local hashes.
   *
   * @param blockSize tokens in a block of the worker
   */
  public static KvEventBatch encode(EventBatch batch, int blockSize) {
    KvEventBatch.Builder wire =
        KvEventBatch.newBuilder()
            .setModel(batch.model())
            .setWorkerId(batch.target().workerId())
            .setRank(batch.target().rank())
            .setIncarnation(batch.incarnation())
            .setFirstEventId(batch.firstEventId());
    batch.events().forEach(event -> wire.addEvents(encode(event, blockSize)));
    return wire.build();
  }

  /**
   * An event for the wire, with local hashes.
   *
   * @param blockSize tokens in a block of the worker
   */
  public static dev.warmpath.v1.KvEvent encode(KvEvent event, int blockSize) {
    return switch (event) {
      case KvEvent.Stored stored -> encode(stored, blockSize);
      case KvEvent.Removed removed ->
          dev.warmpath.v1.KvEvent.newBuilder()
              .setRemoved(
                  BlocksRemoved.newBuilder()
                      .addAllBlockHashes(LongArrayList.wrap(removed.engineHashes()))
                      .setTier(tier(removed.tier())))
              .build();
      case KvEvent.Cleared _ -> CLEARED;
    };
  }

  private static dev.warmpath.v1.KvEvent encode(KvEvent.Stored stored, int blockSize) {
    BlocksStored.Builder wire =
        BlocksStored.newBuilder()
            .addAllBlockHashes(LongArrayList.wrap(stored.engineHashes()))
            .addAllLocalHashes(LongArrayList.wrap(stored.localHashes()))
            .setBlockSize(blockSize)
            .setTier(tier(stored.tier()));
    if (stored.hasParent()) {
      wire.setParentHash(stored.parentHash());
    }
    return dev.warmpath.v1.KvEvent.newBuilder().setStored(wire).build();
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
