package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.CacheSnapshotSource;
import dev.warmpath.indexer.ingest.EventTransport;
import dev.warmpath.indexer.ingest.NatsEventTransport;
import dev.warmpath.indexer.ingest.NatsLink;
import dev.warmpath.indexer.ingest.NatsResyncResponder;
import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.router.discovery.EtcdRegistration;
import dev.warmpath.router.discovery.EtcdSettings;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.loads.LoadSubjects;
import dev.warmpath.v1.WorkerLoad;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** Workers that reach their routers over NATS and etcd. */
final class ServedLinks implements WorkerLinks, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final EtcdSettings etcd;
  private final Duration leaseTtl;
  private final NatsLink nats;
  private final NatsEventTransport transport;

  /**
   * Connects to NATS.
   *
   * @param leaseTtl how long a worker that died stays in the fleet, whole seconds
   */
  ServedLinks(NatsSettings nats, EtcdSettings etcd, Duration leaseTtl) throws IOException {
    this.etcd = etcd;
    this.leaseTtl = leaseTtl;
    this.nats = NatsLink.connect(nats);
    this.transport = transport(this.nats);
  }

  private static NatsEventTransport transport(NatsLink nats) throws IOException {
    try {
      return new NatsEventTransport(nats);
    } catch (IOException e) {
      nats.close();
      throw e;
    }
  }

  @Override
  public EventTransport transport() {
    return transport;
  }

  @Override
  public Consumer<WorkerLoad> loads() {
    return load -> nats.send(LoadSubjects.ofWorker(nats, load.getWorkerId()), load.toByteArray());
  }

  @Override
  public AutoCloseable join(Worker worker, CacheSnapshotSource source) throws Exception {
    NatsResyncResponder responder =
        new NatsResyncResponder(
            nats, worker.id(), worker.incarnation(), worker.ranks(), worker.blockSize(), source);
    EtcdRegistration registration = new EtcdRegistration(etcd, worker, leaseTtl);
    registration.start();
    registration.awaitRegistered(PATIENCE);
    return () -> {
      registration.close();
      responder.close();
    };
  }

  @Override
  public void close() {
    nats.close();
  }
}
