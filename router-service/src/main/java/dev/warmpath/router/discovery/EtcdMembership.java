package dev.warmpath.router.discovery;

import dev.warmpath.router.fleet.FleetRegistry;
import io.etcd.jetcd.Client;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the fleet equal to what is registered in etcd: reads everything, then follows the changes.
 * One virtual thread does it all; any thread may call the public methods.
 *
 * <ul>
 *   <li>A worker leaves when its key does: on a clean stop, or when its lease is over.
 *   <li>While etcd is away the last known fleet serves, and {@link #state} says so.
 *   <li>When etcd is back everything is read again, and who is no longer registered leaves. An etcd
 *       that lost its data therefore empties the fleet until the workers have registered again.
 *   <li>A value that cannot be read harms nobody else; see {@link WorkerBook} for a worker whose
 *       value was good before. A worker that no longer fits its peers (another block size) leaves,
 *       since its cache is gone.
 *   <li>A connection is tested every {@link EtcdSettings#probeEvery} and everything is read again
 *       every {@link EtcdSettings#relistEvery}: a watch may die without a word.
 * </ul>
 */
public final class EtcdMembership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EtcdMembership.class);

  private final EtcdSettings settings;
  private final FleetRegistry registry;
  private final DiscoveryCounters counters;
  private final WorkerBook book;
  private final FleetPublisher publisher;
  private final Pause pause;
  private final CountDownLatch firstList = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile MembershipState state = MembershipState.initial(System.nanoTime());
  private volatile String lastFailure = "no answer yet";

  /** Does nothing until {@link #start}. */
  public EtcdMembership(EtcdSettings settings, FleetRegistry registry, DiscoveryCounters counters) {
    this.settings = settings;
    this.registry = registry;
    this.counters = counters;
    RefusalLog log = new RefusalLog(counters);
    this.book = new WorkerBook(log);
    this.publisher = new FleetPublisher(registry, log);
    this.pause = new Pause(settings.maxPause());
    this.thread = Thread.ofVirtual().name("etcd-membership").unstarted(this::run);
  }

  /** Begins to follow etcd in the background, for as long as it takes to reach it. */
  public void start() {
    thread.start();
  }

  /**
   * Waits for the first full listing; optional after {@link #start}.
   *
   * @throws EtcdUnavailableException when none came in {@code patience}; attempts go on
   */
  public void awaitFirstList(Duration patience)
      throws EtcdUnavailableException, InterruptedException {
    if (!firstList.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new EtcdUnavailableException(
          "etcd cannot be reached at %s within %s s (%s)"
              .formatted(
                  String.join(", ", settings.endpoints()), patience.toSeconds(), lastFailure));
    }
  }

  /** How fresh the fleet is. */
  public MembershipState state() {
    return state;
  }

  /** Stops following; the fleet stays as it is. */
  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
    Closing.join(thread, settings.callTimeout());
  }

  private void run() {
    try {
      while (!isClosed()) {
        followUntilFailure();
        closed.await(pause.next().toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      LOG.debug("stopped", e);
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void followUntilFailure() throws InterruptedException {
    try (Client client = settings.connect()) {
      while (!isClosed()) {
        listAndWatch(client);
      }
    } catch (EtcdUnavailableException e) {
      failed(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("unexpected failure; membership starts over", e);
      failed(e.toString());
    }
  }

  private void listAndWatch(Client client) throws EtcdUnavailableException, InterruptedException {
    WorkerBook.Listing listing = book.list();
    long revision = EtcdListing.read(client, settings, listing::add);
    listing.end();
    try (EtcdWatch watch = EtcdWatch.open(client, settings, revision + 1)) {
      publish();
      listed();
      follow(client, watch, revision);
    }
  }

  private void follow(Client client, EtcdWatch watch, long revision)
      throws EtcdUnavailableException, InterruptedException {
    long now = System.nanoTime();
    long relistAt = now + settings.relistEvery().toNanos();
    long probeAt = now + settings.probeEvery().toNanos();
    while (now - relistAt < 0 && !isClosed()) {
      apply(watch.next(Duration.ofNanos(Math.max(0, probeAt - now))));
      now = System.nanoTime();
      if (now - probeAt >= 0) {
        probe(client, revision);
        probeAt = now + settings.probeEvery().toNanos();
      }
    }
  }

  private void probe(Client client, long listedRevision)
      throws EtcdUnavailableException, InterruptedException {
    long revision = EtcdListing.currentRevision(client, settings);
    if (revision < listedRevision) {
      throw settings.unavailable(
          "probe", "revision went back from %d to %d".formatted(listedRevision, revision));
    }
  }

  private void apply(List<EtcdWatch.Change> changes) {
    for (EtcdWatch.Change change : changes) {
      switch (change) {
        case EtcdWatch.Change.Put(String workerId, byte[] value) -> book.put(workerId, value);
        case EtcdWatch.Change.Deleted(String workerId) -> book.remove(workerId);
      }
    }
    if (!changes.isEmpty()) {
      publish();
    }
  }

  private void publish() {
    long before = registry.current().version();
    publisher.publish(book.workers());
    if (registry.current().version() != before) {
      state = state.withChange(System.nanoTime());
    }
  }

  private void listed() {
    counters.countList();
    pause.reset();
    if (!state.connected()) {
      LOG.info("following etcd at {}: {} workers", settings.endpoints(), book.workers().size());
    }
    state = state.withListing(System.nanoTime());
    firstList.countDown();
  }

  private void failed(String why) {
    counters.countFailure();
    lastFailure = why;
    if (state.connected()) {
      LOG.warn("lost etcd, the last known fleet keeps serving: {}", why);
    }
    state = state.withFailure(System.nanoTime());
  }
}
