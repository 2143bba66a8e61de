package dev.warmpath.indexer.ingest;

import io.nats.client.Connection;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.Consumer;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to NATS, and the event stream there. Reconnects for ever once it has been
 * connected. Any thread.
 */
public final class NatsLink implements AutoCloseable {
  /** Error code of JetStream for a stream that does not exist. */
  static final int STREAM_NOT_FOUND = 10059;

  private static final Logger LOG = LoggerFactory.getLogger(NatsLink.class);
  private static final long PENDING_BYTES = 64L << 20;
  private static final Duration RECONNECT_WAIT = Duration.ofMillis(200);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration ACK_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PING_INTERVAL = Duration.ofSeconds(5);

  private final NatsSettings settings;
  private final NatsSubjects subjects;
  private final List<Runnable> onReconnect = new CopyOnWriteArrayList<>();
  private final Connection connection;
  private volatile boolean connectedOnce;
  private volatile boolean closing;
  private volatile boolean lost;

  private NatsLink(NatsSettings settings) throws IOException, InterruptedException {
    this.settings = settings;
    this.subjects = new NatsSubjects(settings.cluster());
    this.connection = Nats.connect(options());
  }

  /**
   * Connects.
   *
   * @throws IOException if no server answers; the message names the URL
   */
  public static NatsLink connect(NatsSettings settings) throws IOException {
    try {
      return new NatsLink(settings);
    } catch (IOException e) {
      // Without the cause: its text may hold the password.
      throw new IOException(
          "cannot reach NATS at %s: %s"
              .formatted(shown(settings.url()), shown(String.valueOf(e.getMessage()))));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while connecting to NATS at " + shown(settings.url()), e);
    }
  }

  /** The text with no user and password in its URLs. */
  private static String shown(String text) {
    return text.replaceAll("//[^/@,]*@", "//");
  }

  private Options options() {
    return Options.builder()
        .servers(settings.url().split(","))
        .connectionName(settings.clientName())
        .connectionTimeout(CONNECT_TIMEOUT)
        .maxReconnects(-1)
        .reconnectWait(RECONNECT_WAIT)
        .requestCleanupInterval(ACK_TIMEOUT)
        .pingInterval(PING_INTERVAL)
        .connectionListener(this::connectionChanged)
        .errorListener(new QuietErrors())
        .build();
  }

  private void connectionChanged(Connection changed, Events event) {
    LOG.debug("NATS {}: {}", settings.clientName(), event);
    switch (event) {
      case CONNECTED -> connectedOnce = true;
      case DISCONNECTED -> {
        // Each failed attempt to reconnect comes here again.
        if (connectedOnce && !closing && !lost) {
          lost = true;
          LOG.warn("NATS connection lost: {}", shown(settings.url()));
        }
      }
      case RECONNECTED -> {
        lost = false;
        LOG.info("NATS connection is back: {}", shown(settings.url()));
        onReconnect.forEach(Runnable::run);
      }
      default -> {}
    }
  }

  /** Whether the connection stands. */
  public boolean isConnected() {
    return connection.getStatus() == Connection.Status.CONNECTED;
  }

  /** The subject {@code warmpath.v1.<family>.<cluster>}, on which anything but events may go. */
  public String subject(String family) {
    return subjects.of(family);
  }

  /** A name as one token of a subject. */
  public static String token(String name) {
    return NatsSubjects.token(name);
  }

  /**
   * Sends a message that nobody confirms. Does not wait for the server, and does not keep the
   * message for a later connection.
   *
   * @return false when it was not sent: the connection is away, or it is too large
   */
  public boolean send(String subject, byte[] payload) {
    if (!isConnected() || payload.length > connection.getMaxPayload()) {
      return false;
    }
    try {
      connection.publish(subject, payload);
      return true;
    } catch (IllegalStateException e) {
      LOG.debug("NATS takes nothing", e);
      return false;
    }
  }

  /**
   * Hears the messages on a subject, one after the other on a thread of its own.
   *
   * @param subject may have wildcards
   * @param pendingLimit messages that may wait for the handler; further ones are dropped
   * @param handler takes the payload; what it throws is logged
   * @return what ends it
   */
  public Hearing hear(String subject, long pendingLimit, PayloadHandler handler) {
    Dispatcher dispatcher = connection.createDispatcher();
    dispatcher.setPendingLimits(pendingLimit, PENDING_BYTES);
    dispatcher.subscribe(subject, message -> handler.accept(message.getData()));
    return new Hearing(dispatcher);
  }

  /** Takes the payload of one message. */
  @FunctionalInterface
  public interface PayloadHandler {
    /** One message came. */
    void accept(byte[] payload);
  }

  /** A subject that is heard. Any thread. */
  public final class Hearing implements AutoCloseable {
    private final Dispatcher dispatcher;

    private Hearing(Dispatcher dispatcher) {
      this.dispatcher = dispatcher;
    }

    /** Messages dropped because too many waited. */
    public long dropped() {
      return dispatcher.getDroppedCount();
    }

    /** Hears no more; the link stays open. */
    @Override
    public void close() {
      closeDispatcher(dispatcher);
    }
  }

  Connection connection() {
    return connection;
  }

  NatsSubjects subjects() {
    return subjects;
  }

  /** Runs {@code action} after each reconnection, on a thread that it must not block. */
  void onReconnect(Runnable action) {
    onReconnect.add(action);
  }

  void forgetReconnect(Runnable action) {
    onReconnect.remove(action);
  }

  /**
   * The event stream; made if it does not exist, and set to the settings if it differs. May block
   * for some round trips.
   *
   * @throws IOException if the server cannot be reached or refuses
   */
  StreamInfo ensureStream() throws IOException {
    try {
      JetStreamManagement streams = connection.jetStreamManagement();
      StreamInfo found = find(streams);
      if (found == null) {
        return streams.addStream(streamConfiguration());
      }
      return isAsSet(found.getConfiguration())
          ? found
          : streams.updateStream(changed(found.getConfiguration()));
    } catch (JetStreamApiException e) {
      throw new IOException(
          "NATS refuses stream %s: %s".formatted(NatsSubjects.STREAM, e.getMessage()), e);
    } catch (IOException e) {
      throw new IOException(
          "JetStream of NATS at %s does not answer: %s"
              .formatted(shown(settings.url()), e.getMessage()),
          e);
    }
  }

  private static @Nullable StreamInfo find(JetStreamManagement streams)
      throws IOException, JetStreamApiException {
    try {
      return streams.getStreamInfo(NatsSubjects.STREAM);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == STREAM_NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  private StreamConfiguration streamConfiguration() {
    return StreamConfiguration.builder()
        .name(NatsSubjects.STREAM)
        .subjects(NatsSubjects.ALL_EVENTS)
        .retentionPolicy(RetentionPolicy.Limits)
        .discardPolicy(DiscardPolicy.Old)
        .storageType(settings.storage())
        .maxAge(settings.maxAge())
        .maxBytes(settings.maxBytes())
        .build();
  }

  private boolean isAsSet(StreamConfiguration found) {
    return found.getMaxAge().equals(settings.maxAge())
        && found.getMaxBytes() == settings.maxBytes()
        && found.getSubjects().equals(List.of(NatsSubjects.ALL_EVENTS));
  }

  /** Storage and retention of a stream cannot be changed; they stay. */
  private StreamConfiguration changed(StreamConfiguration found) {
    return StreamConfiguration.builder(found)
        .subjects(NatsSubjects.ALL_EVENTS)
        .maxAge(settings.maxAge())
        .maxBytes(settings.maxBytes())
        .build();
  }

  /** Stops a dispatcher; does nothing when it or the connection is closed already. */
  void closeDispatcher(Dispatcher dispatcher) {
    if (dispatcher.isActive() && connection.getStatus() != Connection.Status.CLOSED) {
      connection.closeDispatcher(dispatcher);
    }
  }

  /** Closes the connection. */
  @Override
  public void close() {
    closing = true;
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Errors that the client repairs by itself go to the debug log; losses are found by event ids.
   */
  private static final class QuietErrors implements ErrorListener {
    @Override
    public void errorOccurred(Connection connection, String error) {
      LOG.debug("NATS error: {}", error);
    }

    @Override
    public void exceptionOccurred(Connection connection, Exception exception) {
      LOG.debug("NATS exception", exception);
    }

    @Override
    public void slowConsumerDetected(Connection connection, Consumer consumer) {
      LOG.warn("NATS drops messages: a consumer of this process is slow");
    }

    @Override
    public void heartbeatAlarm(
        Connection connection,
        JetStreamSubscription subscription,
        long streamSeq,
        long consumerSeq) {
      LOG.debug("NATS consumer is silent after message {}", streamSeq);
    }
  }
}
