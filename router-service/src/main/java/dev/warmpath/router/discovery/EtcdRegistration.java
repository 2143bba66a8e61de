package dev.warmpath.router.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.warmpath.router.fleet.Worker;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one worker registered in etcd, under a lease that is kept alive three times per life: when
 * this process dies, the worker leaves the fleet within the lease's life. A lost lease, or an etcd
 * that forgot it, is answered by registering again. A key that is gone while the lease lives is put
 * again. A key that another registration took stays the other's, so that two workers with one id do
 * not fight over it; this one says so once, and takes the key back when it is free. One virtual
 * thread does it all; any thread may call the public methods.
 */
public final class EtcdRegistration implements AutoCloseable {
  /** How long a worker that died stays registered, unless told otherwise. */
  public static final Duration DEFAULT_TTL = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(EtcdRegistration.class);
  private static final int KEEP_ALIVES_PER_TTL = 3;

  private final EtcdSettings settings;
  private final ByteSequence key;
  private final ByteSequence value;
  private final Duration ttl;
  private final Pause pause;
  private final CountDownLatch firstRegistration = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean registered;
  private volatile String lastFailure = "no answer yet";

  /**
   * Does nothing until {@link #start}.
   *
   * @param ttl the lease's life, whole seconds
   */
  public EtcdRegistration(EtcdSettings settings, Worker worker, Duration ttl) {
    if (worker.incarnation() == 0) {
      throw new IllegalArgumentException("incarnation must not be 0: worker " + worker.id());
    }
    if (ttl.toSeconds() < 1 || ttl.toNanosPart() != 0) {
      throw new IllegalArgumentException("ttl must be whole seconds, at least 1: " + ttl);
    }
    this.settings = settings;
    this.key = settings.key(worker.id());
    this.value = ByteSequence.from(WorkerInfoCodec.toJson(worker), UTF_8);
    this.ttl = ttl;
    this.pause = new Pause(settings.maxPause());
    this.thread = Thread.ofVirtual().name("etcd-registration").unstarted(this::run);
  }

  /** Begins to register in the background, for as long as it takes to reach etcd. */
  public void start() {
    thread.start();
  }

  /**
   * Waits for the first registration; optional after {@link #start}.
   *
   * @throws EtcdUnavailableException when there was none in {@code patience}; attempts go on
   */
  public void awaitRegistered(Duration patience)
      throws EtcdUnavailableException, InterruptedException {
    if (!firstRegistration.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw settings.unavailable(
          "register worker", "not done in %d s (%s)".formatted(patience.toSeconds(), lastFailure));
    }
  }

  /** Whether the last call to etcd found the worker registered, and by this object. */
  public boolean isRegistered() {
    return registered;
  }

  /** Gives the lease back, so that the worker leaves at once; waits for etcd's answer, bounded. */
  @Override
  public void close() {
    closed.countDown();
    Closing.join(thread, settings.callTimeout().multipliedBy(2));
  }

  private void run() {
    try {
      while (!isClosed()) {
        holdUntilFailure();
        closed.await(pause.next().toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      LOG.debug("stopped", e);
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void holdUntilFailure() throws InterruptedException {
    try (Client client = settings.connect()) {
      hold(client);
    } catch (EtcdUnavailableException e) {
      failed(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("unexpected failure; registration starts over", e);
      failed(e.toString());
    }
  }

  private void hold(Client client) throws EtcdUnavailableException, InterruptedException {
    Lease leases = client.getLeaseClient();
    long lease = settings.await("grant lease", leases.grant(ttl.toSeconds())).getID();
    settings.await("register worker", client.getKVClient().put(key, value, under(lease)));
    registered();
    long intervalMillis = ttl.toMillis() / KEEP_ALIVES_PER_TTL;
    while (!closed.await(intervalMillis, TimeUnit.MILLISECONDS)) {
      if (settings.await("keep lease alive", leases.keepAliveOnce(lease)).getTTL() <= 0) {
        throw settings.unavailable("keep lease alive", "the lease is over");
      }
      keepKey(client, lease);
    }
    registered = false;
    settings.await("revoke lease", leases.revoke(lease));
  }

  /** Puts the key if it is missing, and notices whose it is if it is not. */
  private void keepKey(Client client, long lease)
      throws EtcdUnavailableException, InterruptedException {
    TxnResponse answer =
        settings.await(
            "look after the key",
            client
                .getKVClient()
                .txn()
                .If(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0)))
                .Then(Op.put(key, value, under(lease)))
                .Else(Op.get(key, GetOption.DEFAULT))
                .commit());
    if (answer.isSucceeded()) {
      registered();
      return;
    }
    KeyValue found = answer.getGetResponses().getFirst().getKvs().getFirst();
    boolean ours = found.getLease() == lease && found.getValue().equals(value);
    if (registered && !ours) {
      LOG.warn(
          "worker id {} is registered twice: another registration took {}, and keeps it as long as"
              + " it is there",
          settings.workerId(key),
          key);
    }
    registered = ours;
  }

  private static PutOption under(long lease) {
    return PutOption.builder().withLeaseId(lease).build();
  }

  private void registered() {
    registered = true;
    pause.reset();
    firstRegistration.countDown();
    LOG.info("registered as {}", key);
  }

  private void failed(String why) {
    lastFailure = why;
    if (registered) {
      LOG.warn("lost the registration, trying again: {}", why);
    }
    registered = false;
  }
}
