package dev.warmpath.indexer.ingest;

import static dev.warmpath.indexer.ingest.WireLimits.check;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.v1.ResyncPart;
import java.util.ArrayList;
import java.util.List;

/** The parts of one answer to a resync request, put together. One thread at a time. */
final class SnapshotAssembler {
  private final IndexedTarget target;
  private final List<KvEvent> content = new ArrayList<>();
  private int parts;
  private long incarnation;
  private long asOfEventId;

  SnapshotAssembler(IndexedTarget target) {
    this.target = target;
  }

  static ResyncPart parse(byte[] payload) throws MalformedEventException {
    WireLimits.checkSize(payload.length);
    try {
      return ResyncPart.parseFrom(payload);
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedEventException(
          "message of %d bytes is no ResyncPart: %s".formatted(payload.length, e.getMessage()), e);
    }
  }

  /**
   * Takes the next part.
   *
   * @return whether it was the last one
   * @throws MalformedEventException if the part breaks the contract, does not continue the ones
   *     before it or carries an error; the answer is void then
   */
  boolean add(ResyncPart part) throws MalformedEventException {
    check(part.getError().isEmpty(), "the worker refuses: %s", part.getError());
    check(
        WireLimits.target(part.getWorkerId(), part.getRank()).equals(target.id()),
        "part is of %s/%d, not of %s",
        part.getWorkerId(),
        part.getRank(),
        target.id());
    check(part.getPart() == parts, "part %d comes where %d is next", part.getPart(), parts);
    if (parts == 0) {
      begin(part);
    }
    check(
        part.getIncarnation() == incarnation && part.getAsOfEventId() == asOfEventId,
        "part %d is of another snapshot than those before it",
        parts);
    addContent(part);
    parts++;
    return part.getLast();
  }

  private void begin(ResyncPart part) throws MalformedEventException {
    WireLimits.checkIncarnation(part.getIncarnation());
    check(
        part.getAsOfEventId() >= 0 && part.getAsOfEventId() < Long.MAX_VALUE / 2,
        "as_of_event_id is out of range: %s",
        Long.toUnsignedString(part.getAsOfEventId()));
    incarnation = part.getIncarnation();
    asOfEventId = part.getAsOfEventId();
  }

  private void addContent(ResyncPart part) throws MalformedEventException {
    for (dev.warmpath.v1.KvEvent event : part.getEventsList()) {
      check(!event.hasCleared(), "a snapshot stores and removes only, it does not clear");
      content.add(KvEventCodec.decode(event, target));
    }
  }

  CacheSnapshot snapshot() {
    return new CacheSnapshot(target.id(), incarnation, asOfEventId, content);
  }
}
