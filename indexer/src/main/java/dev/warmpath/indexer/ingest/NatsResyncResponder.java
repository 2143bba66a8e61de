package dev.warmpath.indexer.ingest;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.v1.ResyncPart;
import dev.warmpath.v1.ResyncRequest;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's answer to resync requests over NATS, one request after the other on a thread of its
 * own. Open for as long as the worker lives.
 */
public final class NatsResyncResponder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NatsResyncResponder.class);

  /** Parts handed to the connection before it must have sent them: 8 MiB at most. */
  private static final int PARTS_PER_FLUSH = 16;

  private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(5);

  private final NatsLink link;
  private final String workerId;
  private final long incarnation;
  private final int ranks;
  private final int blockSize;
  private final CacheSnapshotSource source;
  private final Dispatcher dispatcher;
  private final LongAdder answered = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final OccasionalLog warnings = new OccasionalLog(LOG);

  /**
   * Starts to answer.
   *
   * @param workerId the worker's name
   * @param incarnation this life of the worker
   * @param ranks data-parallel ranks
   * @param blockSize tokens in a block
   * @param source asked on this responder's thread
   */
  public NatsResyncResponder(
      NatsLink link,
      String workerId,
      long incarnation,
      int ranks,
      int blockSize,
      CacheSnapshotSource source) {
    this.link = link;
    this.workerId = workerId;
    this.incarnation = incarnation;
    this.ranks = ranks;
    this.blockSize = blockSize;
    this.source = source;
    this.dispatcher = link.connection().createDispatcher(this::answer);
    dispatcher.subscribe(link.subjects().resync(workerId));
  }

  /** Requests answered in full. */
  public long answered() {
    return answered.sum();
  }

  /** Requests refused or not answered in full. */
  public long refused() {
    return refused.sum();
  }

  private void answer(Message message) {
    String replyTo = message.getReplyTo();
    if (replyTo == null) {
      refused.increment();
      return;
    }
    try {
      ResyncRequest request = ResyncRequest.parseFrom(message.getData());
      String reason = reasonToRefuse(request);
      if (reason == null) {
        sendSnapshot(source.snapshot(request.getRank()), replyTo);
        answered.increment();
      } else {
        refuse(request, reason, replyTo);
      }
    } catch (InvalidProtocolBufferException | RuntimeException e) {
      refused.increment();
      warnings.warn("resync request was not answered", e);
    }
  }

  private @Nullable String reasonToRefuse(ResyncRequest request) {
    if (request.getRank() < 0 || request.getRank() >= ranks) {
      return "rank %s does not exist, there are %d"
          .formatted(Integer.toUnsignedString(request.getRank()), ranks);
    }
    if (request.getIncarnation() != 0 && request.getIncarnation() != incarnation) {
      return "incarnation is %s, not %s"
          .formatted(
              Long.toUnsignedString(incarnation), Long.toUnsignedString(request.getIncarnation()));
    }
    return null;
  }

  private void refuse(ResyncRequest request, String reason, String replyTo) {
    refused.increment();
    ResyncPart part =
        ResyncPart.newBuilder()
            .setWorkerId(workerId)
            .setRank(request.getRank())
            .setIncarnation(incarnation)
            .setLast(true)
            .setError(reason)
            .build();
    link.connection().publish(replyTo, part.toByteArray());
  }

  private void sendSnapshot(CacheSnapshot snapshot, String replyTo) {
    Connection connection = link.connection();
    SnapshotParts.write(
        snapshot,
        blockSize,
        part -> {
          connection.publish(replyTo, part.toByteArray());
          if (part.getPart() % PARTS_PER_FLUSH == PARTS_PER_FLUSH - 1) {
            flush(connection);
          }
        });
  }

  /** Waits until NATS has taken what was sent, so that a large cache does not pile up here. */
  private static void flush(Connection connection) {
    try {
      connection.flush(FLUSH_TIMEOUT);
    } catch (TimeoutException e) {
      throw new UncheckedIOException(new IOException("NATS does not take the content", e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }

  /** Answers no more; the link stays open. */
  @Override
  public void close() {
    link.closeDispatcher(dispatcher);
  }
}
