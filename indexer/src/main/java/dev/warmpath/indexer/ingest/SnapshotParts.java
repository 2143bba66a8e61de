package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.v1.ResyncPart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** A cache's content as messages of bounded size, in order. Stateless; any thread. */
public final class SnapshotParts {
  /** Parts are no longer than this, bytes. */
  public static final int PART_BYTES = 512 << 10;

  /* A run of this many blocks fits a part with room to spare: 16 bytes a block and the names. */
  private static final int RUN_BLOCKS = 16_384;

  private SnapshotParts() {}

  /**
   * Writes a snapshot as parts. The content of one snapshot starts from an empty cache, so its runs
   * and removals may be cut anywhere without a change of meaning.
   *
   * @param blockSize tokens in a block of the worker
   * @param sink takes each part as it is ready
   */
  public static void write(CacheSnapshot snapshot, int blockSize, Consumer<ResyncPart> sink) {
    ResyncPart.Builder part = header(snapshot, 0);
    int headerBytes = part.build().getSerializedSize();
    int bytes = headerBytes;
    for (KvEvent event : snapshot.content()) {
      for (dev.warmpath.v1.KvEvent piece : pieces(event, blockSize)) {
        int pieceBytes = piece.getSerializedSize() + 8;
        if (bytes + pieceBytes > PART_BYTES && part.getEventsCount() > 0) {
          sink.accept(part.build());
          part = header(snapshot, part.getPart() + 1);
          bytes = headerBytes;
        }
        part.addEvents(piece);
        bytes += pieceBytes;
      }
    }
    sink.accept(part.setLast(true).build());
  }

  private static ResyncPart.Builder header(CacheSnapshot snapshot, int part) {
    return ResyncPart.newBuilder()
        .setWorkerId(snapshot.target().workerId())
        .setRank(snapshot.target().rank())
        .setIncarnation(snapshot.incarnation())
        .setAsOfEventId(snapshot.asOfEventId())
        .setPart(part);
  }

  private static List<dev.warmpath.v1.KvEvent> pieces(KvEvent event, int blockSize) {
    int blocks =
        switch (event) {
          case KvEvent.Stored run -> run.engineHashes().length;
          case KvEvent.Removed removed -> removed.engineHashes().length;
          case KvEvent.Cleared _ -> 0;
        };
    if (blocks <= RUN_BLOCKS) {
      return List.of(KvEventCodec.encode(event, blockSize));
    }
    List<dev.warmpath.v1.KvEvent> pieces = new ArrayList<>();
    for (int from = 0; from < blocks; from += RUN_BLOCKS) {
      int to = Math.min(from + RUN_BLOCKS, blocks);
      pieces.add(KvEventCodec.encode(piece(event, from, to), blockSize));
    }
    return pieces;
  }

  private static KvEvent piece(KvEvent event, int from, int to) {
    return switch (event) {
      case KvEvent.Stored run -> piece(run, from, to);
      case KvEvent.Removed removed ->
          new KvEvent.Removed(Arrays.copyOfRange(removed.engineHashes(), from, to), removed.tier());
      case KvEvent.Cleared cleared -> cleared;
    };
  }

  private static KvEvent.Stored piece(KvEvent.Stored run, int from, int to) {
    long[] engine = Arrays.copyOfRange(run.engineHashes(), from, to);
    long[] local = Arrays.copyOfRange(run.localHashes(), from, to);
    return from == 0
        ? new KvEvent.Stored(run.hasParent(), run.parentHash(), engine, local, run.tier())
        : KvEvent.Stored.after(run.engineHashes()[from - 1], engine, local, run.tier());
  }
}
