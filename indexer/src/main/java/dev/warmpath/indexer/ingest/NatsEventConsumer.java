package dev.warmpath.indexer.ingest;

import dev.warmpath.v1.KvEventBatch;
import io.nats.client.ConsumeOptions;
import io.nats.client.Dispatcher;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.MessageConsumer;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the events of one cluster from the stream into an {@link Ingest}, in the order of the
 * stream and from a given position on. It reads for as long as it is open, whatever happens to the
 * server.
 */
public final class NatsEventConsumer implements AutoCloseable {
  /*
   * The client's ordered consumer repairs many faults by itself, but not all, and some only after
   * tens of seconds. So a watch looks at it once a second and after each reconnection, and replaces
   * it by one that starts after the last message seen:
   *
   *   - after a reconnection: the server forgets such consumers when it restarts;
   *   - when it reports its end;
   *   - when nothing came since the last look though the stream holds a later message for us;
   *   - when the stream is another one than before: its numbers begin anew, so reading does too.
   *
   * Messages that come twice are dropped by their event ids; so replacing once too often is cheap.
   */
  private static final Logger LOG = LoggerFactory.getLogger(NatsEventConsumer.class);
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);
  private static final int PULL_MILLIS = 2_000;
  private static final int PULL_MESSAGES = 256;
  private static final int NO_MESSAGE_FOUND = 10037;

  private final NatsLink link;
  private final Ingest ingest;
  private final WireIntake intake;
  private final Dispatcher dispatcher;
  private final OccasionalLog warnings = new OccasionalLog(LOG);
  private final Semaphore lookNow = new Semaphore(0);
  private final Runnable reconnected;
  private final Thread watch;
  private volatile boolean closing;
  private volatile boolean replaceNow;
  private volatile long position;
  private volatile int generation;

  private long positionAtLastLook;
  private @Nullable ZonedDateTime streamBirth;
  private @Nullable MessageConsumer consumer;

  /**
   * Starts to read; makes the stream if it does not exist.
   *
   * @param afterSequence stream position after which to read; 0 for the oldest event there is
   * @throws IOException if the server cannot be reached or refuses
   */
  public NatsEventConsumer(NatsLink link, Ingest ingest, long afterSequence) throws IOException {
    this.link = link;
    this.ingest = ingest;
    this.intake = new WireIntake(ingest);
    this.position = afterSequence;
    this.dispatcher = link.connection().createDispatcher();
    // What may wait here is bounded by what is pulled.
    dispatcher.setPendingLimits(0, 0);
    this.reconnected = this::replaceSoon;
    this.watch = Thread.ofPlatform().name("warmpath-nats-watch").daemon().unstarted(this::watch);
    consume(link.ensureStream());
    link.onReconnect(reconnected);
    watch.start();
  }

  /** Stream sequence of the last message that was handled; 0 for none. Any thread. */
  public long position() {
    return position;
  }

  private void replaceSoon() {
    replaceNow = true;
    lookNow.release();
  }

  private void watch() {
    while (!closing) {
      try {
        if (lookNow.tryAcquire(LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
          lookNow.drainPermits();
        }
        if (!closing && link.isConnected()) {
          look();
        }
      } catch (InterruptedException e) {
        return;
      } catch (IOException | JetStreamApiException | RuntimeException e) {
        warnings.warn("event stream cannot be read", e);
      }
    }
  }

  private void look() throws IOException, JetStreamApiException {
    StreamInfo stream = link.ensureStream();
    boolean anotherStream = !stream.getCreateTime().equals(streamBirth);
    MessageConsumer current = consumer;
    if (anotherStream
        || replaceNow
        || current == null
        || current.isStopped()
        || current.isFinished()
        || isStuck(stream)) {
      replaceNow = false;
      ingest.counters().consumerRestarts.increment();
      if (anotherStream) {
        position = 0;
      }
      consume(stream);
    }
    positionAtLastLook = position;
  }

  private boolean isStuck(StreamInfo stream) throws IOException, JetStreamApiException {
    long seen = position;
    if (seen != positionAtLastLook || stream.getStreamState().getLastSequence() <= seen) {
      return false;
    }
    try {
      link.connection()
          .jetStreamManagement()
          .getNextMessage(NatsSubjects.STREAM, seen + 1, link.subjects().clusterEvents());
      return position == seen;
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == NO_MESSAGE_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private void consume(StreamInfo stream) throws IOException {
    stopConsumer();
    int current = generation + 1;
    generation = current;
    OrderedConsumerConfiguration from =
        new OrderedConsumerConfiguration().filterSubject(link.subjects().clusterEvents());
    if (position > 0) {
      from.deliverPolicy(DeliverPolicy.ByStartSequence).startSequence(position + 1);
    } else {
      from.deliverPolicy(DeliverPolicy.All);
    }
    try {
      consumer =
          link.connection()
              .getStreamContext(NatsSubjects.STREAM)
              .createOrderedConsumer(from)
              .consume(
                  ConsumeOptions.builder().expiresIn(PULL_MILLIS).batchSize(PULL_MESSAGES).build(),
                  dispatcher,
                  message -> take(message, current));
      streamBirth = stream.getCreateTime();
    } catch (JetStreamApiException e) {
      throw new IOException("NATS refuses a consumer: " + e.getMessage(), e);
    }
  }

  private void stopConsumer() {
    MessageConsumer old = consumer;
    consumer = null;
    if (old != null) {
      try {
        old.close();
      } catch (Exception e) {
        LOG.debug("old consumer did not close", e);
      }
    }
  }

  private void take(Message message, int messageGeneration) {
    try {
      KvEventBatch batch = intake.parse(message.getData());
      if (message.getSubject().equals(link.subjects().events(batch))) {
        intake.take(batch);
      } else {
        ingest.counters().subjectMismatches.increment();
      }
    } catch (MalformedEventException e) {
      warnings.warn("event batch on " + message.getSubject() + " refused", e);
    } catch (RuntimeException e) {
      ingest.counters().failures.increment();
      warnings.error("event batch on " + message.getSubject() + " failed", e);
    }
    if (messageGeneration == generation) {
      position = message.metaData().streamSequence();
    }
  }

  /** Stops reading. */
  @Override
  public void close() {
    closing = true;
    link.forgetReconnect(reconnected);
    watch.interrupt();
    try {
      watch.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stopConsumer();
    link.closeDispatcher(dispatcher);
  }
}
