package dev.warmpath.indexer.ingest;

import dev.warmpath.v1.KvEventBatch;
import io.nats.client.JetStream;
import io.nats.client.api.PublishAck;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends event batches to the stream without waiting for it. Any thread.
 *
 * <p>Nothing is sent twice: a batch that is dropped, refused or never confirmed is counted, the
 * receivers find the hole at the next event or heartbeat, and a resync repairs it. While NATS is
 * away everything is dropped.
 */
public final class NatsEventTransport implements EventTransport {
  private static final Logger LOG = LoggerFactory.getLogger(NatsEventTransport.class);

  /** Batches that may wait for their confirmation; further ones are dropped. */
  private static final int UNCONFIRMED_LIMIT = 2_048;

  /** Bytes in such batches; further ones are dropped. */
  private static final long UNCONFIRMED_BYTES_LIMIT = 64L << 20;

  private final NatsLink link;
  private final JetStream stream;
  private final AtomicLong unconfirmed = new AtomicLong();
  private final AtomicLong unconfirmedBytes = new AtomicLong();
  private final AtomicBoolean repairing = new AtomicBoolean();
  private final LongAdder sent = new LongAdder();
  private final LongAdder confirmed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder oversized = new LongAdder();
  private final OccasionalLog warnings = new OccasionalLog(LOG);

  /**
   * Makes the stream if it does not exist.
   *
   * @throws IOException if the server cannot be reached or refuses the stream
   */
  public NatsEventTransport(NatsLink link) throws IOException {
    this.link = link;
    link.ensureStream();
    this.stream = link.connection().jetStream();
  }

  @Override
  public void send(KvEventBatch batch) {
    byte[] payload = batch.toByteArray();
    if (payload.length > link.connection().getMaxPayload()) {
      oversized.increment();
      return;
    }
    if (!link.isConnected() || !reserve(payload.length)) {
      dropped.increment();
      return;
    }
    try {
      CompletableFuture<PublishAck> ack =
          stream.publishAsync(link.subjects().events(batch), payload);
      sent.increment();
      CompletableFuture<?> _ = ack.whenComplete((_, error) -> settle(payload.length, error));
    } catch (RuntimeException e) {
      settle(payload.length, e);
    }
  }

  private boolean reserve(int bytes) {
    if (unconfirmed.incrementAndGet() > UNCONFIRMED_LIMIT
        || unconfirmedBytes.get() > UNCONFIRMED_BYTES_LIMIT) {
      unconfirmed.decrementAndGet();
      return false;
    }
    unconfirmedBytes.addAndGet(bytes);
    return true;
  }

  private void settle(int bytes, @Nullable Throwable error) {
    unconfirmed.decrementAndGet();
    unconfirmedBytes.addAndGet(-bytes);
    if (error == null) {
      confirmed.increment();
      return;
    }
    failed.increment();
    warnings.warn("event batch was not confirmed", error);
    repairStream();
  }

  /** The stream may be gone: makes it anew, off the caller's thread and never twice at once. */
  private void repairStream() {
    if (link.isConnected() && repairing.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("warmpath-stream-repair")
          .start(() -> {
            try {
              link.ensureStream();
            } catch (IOException | RuntimeException e) {
              warnings.warn("cannot make the event stream", e);
            } finally {
              repairing.set(false);
            }
          });
    }
  }

  /** Batches handed to the connection. */
  public long sent() {
    return sent.sum();
  }

  /** Batches that the stream has confirmed. */
  public long confirmed() {
    return confirmed.sum();
  }

  /** Batches refused by the stream or not confirmed in time; they may have arrived all the same. */
  public long failed() {
    return failed.sum();
  }

  /** Batches dropped: NATS was away, or too many were unconfirmed. */
  public long dropped() {
    return dropped.sum();
  }

  /** Batches dropped since they are longer than the server takes. */
  public long oversized() {
    return oversized.sum();
  }
}
