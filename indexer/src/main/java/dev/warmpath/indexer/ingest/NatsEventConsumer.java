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
   *   - when the stream is another one than before, or ends before the last message seen: its
   *     numbers begin anew, so reading does too.
   *
   * Each consumer moves a place of its own, so that a handler of an old one, however late, cannot
   * move the new one's.
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
  private volatile Place place;

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
    this.place = new Place(afterSequence);
    this.dispatcher = link.connection().createDispatcher();
    // What may wait here is bounded by what is pulled.
    dispatcher.setPendingLimits(0, 0);
    this.reconnected = this::replaceSoon;
    this.watch = Thread.ofPlatform().name("warmpath-nats-watch").daemon().unstarted(this::watch);
    consume(link.ensureStream(), afterSequence);
    link.onReconnect(reconnected);
    watch.start();
  }

  /** Stream sequence of the last message that was handled; 0 for none. Any thread. */
  public long position() {
    return place.sequence;
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
    long seen = position();
    long last = stream.getStreamState().getLastSequence();
    boolean startAnew =
        !stream.getCreateTime().equals(streamBirth) || isBeyond(seen, positionAtLastLook, last);
    MessageConsumer current = consumer;
    if (startAnew
        || replaceNow
        || current == null
        || current.isStopped()
        || current.isFinished()
        || isStuck(seen, last)) {
      replaceNow = false;
      ingest.counters().consumerRestarts.increment();
      consume(stream, startAnew ? 0 : seen);
    }
    positionAtLastLook = position();
  }

  /**
   * Whether a position lies beyond the stream's end, and not only since messages came after {@code
   * last} was read: it has stood there since the look before.
   */
  static boolean isBeyond(long seen, long atLastLook, long last) {
    return seen == atLastLook && seen > last;
  }

  private boolean isStuck(long seen, long last) throws IOException, JetStreamApiException {
    if (seen != positionAtLastLook || last <= seen) {
      return false;
    }
    try {
      link.connection()
          .jetStreamManagement()
          .getNextMessage(NatsSubjects.STREAM, seen + 1, link.subjects().clusterEvents());
      return position() == seen;
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == NO_MESSAGE_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private void consume(StreamInfo stream, long afterSequence) throws IOException {
    Place from = new Place(afterSequence);
    place = from;
    stopConsumer();
    OrderedConsumerConfiguration wanted =
        new OrderedConsumerConfiguration().filterSubject(link.subjects().clusterEvents());
    if (afterSequence > 0) {
      wanted.deliverPolicy(DeliverPolicy.ByStartSequence).startSequence(afterSequence + 1);
    } else {
      wanted.deliverPolicy(DeliverPolicy.All);
    }
    try {
      consumer =
          link.connection()
              .getStreamContext(NatsSubjects.STREAM)
              .createOrderedConsumer(wanted)
              .consume(
                  ConsumeOptions.builder().expiresIn(PULL_MILLIS).batchSize(PULL_MESSAGES).build(),
                  dispatcher,
                  message -> take(message, from));
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

  private void take(Message message, Place of) {
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
    of.sequence = message.metaData().streamSequence();
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

  /** How far one consumer has come. Its handler moves it; any thread reads. */
  private static final class Place {
    volatile long sequence;

    Place(long sequence) {
      this.sequence = sequence;
    }
  }
}
