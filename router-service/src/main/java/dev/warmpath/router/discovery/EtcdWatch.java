package dev.warmpath.router.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One watch on the workers, from one revision on. Any trouble ends it for good, since the client's
 * own resumption may stay silent for ever: after data loss it waits for a revision that is far off,
 * and a closed channel is not resumed at all. The library's thread fills the inbox, one other
 * thread empties it.
 */
final class EtcdWatch implements AutoCloseable {
  /** Most changes waiting; one more ends the watch. */
  static final int INBOX_LIMIT = 1_024;

  private final EtcdSettings settings;
  private final BlockingQueue<Signal> inbox = new LinkedBlockingQueue<>();
  private Watch.@Nullable Watcher watcher;

  /** The library's thread only. */
  private boolean overflowed;

  /** The emptying thread only. */
  private @Nullable String ended;

  /** What the library said. */
  sealed interface Signal {
    record Ended(String why) implements Signal {}
  }

  /** A change of one worker's key. */
  sealed interface Change extends Signal {
    /** A worker registered or changed its value. */
    record Put(String workerId, byte[] value) implements Change {}

    /** A worker's key is gone. */
    record Deleted(String workerId) implements Change {}
  }

  private EtcdWatch(EtcdSettings settings) {
    this.settings = settings;
  }

  /** Starts to watch. */
  static EtcdWatch open(Client client, EtcdSettings settings, long fromRevision) {
    EtcdWatch watch = new EtcdWatch(settings);
    WatchOption option = WatchOption.builder().isPrefix(true).withRevision(fromRevision).build();
    watch.watcher =
        client
            .getWatchClient()
            .watch(
                ByteSequence.from(settings.prefix(), UTF_8),
                option,
                watch::offer,
                failure -> watch.inbox.add(new Signal.Ended("watch failed: " + failure)),
                () -> watch.inbox.add(new Signal.Ended("watch was closed")));
    return watch;
  }

  private void offer(WatchResponse response) {
    for (WatchEvent event : response.getEvents()) {
      if (!overflowed && inbox.size() < INBOX_LIMIT) {
        inbox.add(signal(event));
      } else if (!overflowed) {
        overflowed = true;
        inbox.add(new Signal.Ended("more than %d changes wait".formatted(INBOX_LIMIT)));
      }
    }
  }

  private Signal signal(WatchEvent event) {
    String workerId = settings.workerId(event.getKeyValue().getKey());
    return switch (event.getEventType()) {
      case PUT -> new Change.Put(workerId, EtcdListing.bounded(event.getKeyValue().getValue()));
      case DELETE -> new Change.Deleted(workerId);
      case UNRECOGNIZED -> new Signal.Ended("an event of an unknown type");
    };
  }

  /**
   * The changes that came, in order; none when nothing came in time.
   *
   * @throws EtcdUnavailableException when the watch has ended and all before was handed out
   */
  List<Change> next(Duration patience) throws EtcdUnavailableException, InterruptedException {
    List<Change> changes = ended == null ? take(patience) : List.of();
    if (changes.isEmpty() && ended != null) {
      throw settings.unavailable("watch workers", ended);
    }
    return changes;
  }

  private List<Change> take(Duration patience) throws InterruptedException {
    Signal first = inbox.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (first == null) {
      return List.of();
    }
    List<Signal> signals = new ArrayList<>(List.of(first));
    inbox.drainTo(signals);
    List<Change> changes = new ArrayList<>();
    for (Signal signal : signals) {
      switch (signal) {
        case Change change -> changes.add(change);
        case Signal.Ended(String why) -> {
          ended = why;
          return changes;
        }
      }
    }
    return changes;
  }

  @Override
  public void close() {
    if (watcher != null) {
      watcher.close();
    }
  }
}
